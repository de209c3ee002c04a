import { describe, expect, expectTypeOf, test, vi } from "vitest";

import {
  asAsync,
  Box,
  ClosedError,
  ConfigError,
  DictSpace,
  Discrete,
  DtypeObservation,
  FrameStackObservation,
  GenieEnv,
  Graph,
  InvalidActionError,
  makeSync,
  makeVec,
  makeVecSync,
  MultiBinary,
  MultiDiscrete,
  OneOf,
  OrderEnforcing,
  RecordVideo,
  register,
  RescaleAction,
  ResetNeededError,
  Rng,
  Sequence,
  StickyAction,
  SyncVectorEnv,
  Text,
  TimeLimit,
  TransformAction,
  TransformObservation,
  TransformReward,
  TupleSpace,
  VectorClipAction,
  VectorClipReward,
  WorkerVectorEnv,
} from "../../src/env/index.ts";
import type { AnyVectorEnv, EnvInfo } from "../../src/env/index.ts";
import type { AnyEnv } from "../../src/env/wrapper.ts";
import { CartPoleEnv, CartPoleVectorEnv, PendulumEnv } from "../../src/games/index.ts";
import { FakeWorldModel } from "../../src/testing/index.ts";
import { promising } from "./wrappers/envs.ts";

/*
 * What only a caller without a compiler can write: it must be refused with an error that says what to do, and change
 * nothing.
 */

const world = (): FakeWorldModel => new FakeWorldModel({ starts: [0, 9] });

const KINDS: Readonly<Record<string, () => AnyEnv | AnyVectorEnv | Promise<AnyEnv | AnyVectorEnv>>> = {
  BaseEnv: () => new CartPoleEnv(),
  "a stack of wrappers": () => makeSync("CartPole-v1"),
  asAsync: () => asAsync(new CartPoleEnv()),
  SyncVectorEnv: () => new SyncVectorEnv([() => new CartPoleEnv(), () => new CartPoleEnv()]),
  "a native vector environment": () => new CartPoleVectorEnv({ numEnvs: 2 }),
  "a vector wrapper": () => new VectorClipAction(makeVecSync("Pendulum-v1", { numEnvs: 2 })),
  GenieEnv: () => GenieEnv.fromWorld(world()),
  GenieVectorEnv: () => GenieEnv.fromWorld(world(), { numEnvs: 2 }),
};

/** What a call throws or rejects with. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

register({ id: "MisuseTest/Five-v0", entryPoint: () => JSON.parse("5") });

describe.each(Object.entries(KINDS))("reset of %s", (name, open) => {
  test.each([
    ["42", /reset: arguments must be a record of seed and options, got 42 - pass \{ seed: 42 \}/],
    ['{ "sead": 1 }', /got "sead" - did you mean seed\?/],
    ['{ "option": {} }', /got "option" - did you mean options\?/],
    ['{ "seed": 1, "options": 5 }', /reset: options must be a record, got 5/],
    ['{ "seed": 1.5 }', /seed must be a non-negative integer/],
    ["null", /reset: arguments must be a record/],
    ["true", /reset: arguments must be a record/],
  ])("refuses %s, and goes on as before", async (json, message) => {
    const [env, twin] = [await open(), await open()];
    for (const each of [env, twin]) await each.reset({ seed: 3 });
    const error = await errorOf(() => env.reset(JSON.parse(json)));
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toMatch(message);
    const action = env.actionSpace.sample();
    expect(await env.step(action)).toEqual(await twin.step(action));
    expect(await env.reset()).toEqual(await twin.reset());
    expect(name).not.toBe("");
  });

  test("after close is refused", async () => {
    const env = await open();
    await env.reset({ seed: 3 });
    env.close();
    for (const call of [() => env.reset(), () => env.step(env.actionSpace.sample()), () => env.render()])
      expect(await errorOf(call)).toBeInstanceOf(ClosedError);
  });
});

describe("actions", () => {
  test("a plain number for a batch of one is told to be an array of one", async () => {
    const one = makeVecSync("CartPole-v1", { numEnvs: 1 });
    one.reset();
    expect(() => one.step(1)).toThrow(/got 1 - pass an array of 1: \[1\]/);
    await using genie = await GenieEnv.fromWorld(world(), { numEnvs: 1 });
    await genie.reset();
    await expect(genie.step(JSON.parse("2"))).rejects.toThrow(/got 2 - pass an array of 1: \[2\]/);
    const three = makeVecSync("CartPole-v1", { numEnvs: 3 });
    three.reset();
    expect(() => three.step(1)).toThrow(/pass an array of 3, one action per row$/);
  });

  test.each([Float32Array.of(Number.NaN), Float64Array.of(0), Float32Array.of(0, 0), Float32Array.of(9), [0], 0, null])(
    "Pendulum refuses %j, and goes on as before",
    (action: unknown) => {
      const [env, twin] = [new PendulumEnv(), new PendulumEnv()];
      for (const each of [env, twin]) each.reset({ seed: 1 });
      expect(() => env.step(action as Float32Array)).toThrow(InvalidActionError);
      expect(env.step(Float32Array.of(1))).toEqual(twin.step(Float32Array.of(1)));
    },
  );
});

describe("what is wrapped or stepped side by side", () => {
  const pole = (): CartPoleEnv => new CartPoleEnv({ renderMode: "rgb_array" });
  const any = (value: unknown): never => JSON.parse(JSON.stringify(value)) as never;
  test.each<[string, () => unknown, RegExp]>([
    ["environments, not functions", () => new SyncVectorEnv([pole() as never]), /SyncVectorEnv: a list of functions/],
    ["an environment, not a list", () => new SyncVectorEnv(pole() as never), /pass \[\(\) => env\]/],
    [
      "nothing to wrap",
      () => new TimeLimit<unknown, unknown>(any(null), { maxEpisodeSteps: 3 }),
      /an environment is needed, got null/,
    ],
    [
      "a batch in TimeLimit",
      () => new TimeLimit(makeVecSync("CartPole-v1") as never, { maxEpisodeSteps: 3 }),
      /TimeLimit: .*a vector one/,
    ],
    [
      "a single one in a vector wrapper",
      () => new VectorClipReward(pole() as never, { min: 0 }),
      /VectorClipReward: .*a single one/,
    ],
    [
      "TransformReward",
      () => new TransformReward(pole(), any(null)),
      /TransformReward: a function is needed, got null/,
    ],
    ["TransformObservation", () => new TransformObservation(pole(), any(1), new Discrete(2)), /a function is needed/],
    ["TransformAction", () => new TransformAction(pole(), any("f"), new Discrete(2)), /a function is needed/],
    [
      "a wrapper without options",
      () => makeVecSync("CartPole-v1", { wrappers: any([{ name: "ClipReward" }]) }),
      /a registered wrapper as \{ name, options \}/,
    ],
    [
      "an entry point that makes none",
      () => makeSync("MisuseTest/Five-v0"),
      /make: the entryPoint of MisuseTest\/Five-v0: an environment is needed, got 5/,
    ],
    [
      "no space",
      () => Reflect.construct(TransformObservation, [pole(), String]),
      /TransformObservation: a space is needed/,
    ],
    [
      "no action space",
      () => Reflect.construct(TransformAction, [pole(), Number]),
      /TransformAction: a space is needed/,
    ],
    ["FrameStackObservation", () => new FrameStackObservation(pole(), any(null)), /expected object, received null/],
    [
      "DtypeObservation",
      () => new DtypeObservation(pole() as never, any({ dtpye: "float64" })),
      /did you mean dtype\?/,
    ],
    ["RecordVideo", () => new RecordVideo(pole(), any({ videoFolder: "x", stepTrigger: 5 })), /a function/],
    ["RecordVideo", () => new RecordVideo(pole(), any(null)), /expected object, received null/],
    ["an rng", () => Object.assign(pole(), { rng: 5 }), /random stream must be an Rng, got 5/],
  ])("is refused: %s", (_, make, message) => {
    const attempt = vi.fn<() => unknown>(make);
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(message);
  });

  test("so is a list of actions with a hole, in a batch of which no row then moves", () => {
    const open = () => new SyncVectorEnv([pole, pole, pole]);
    const [env, twin] = [open(), open()];
    for (const each of [env, twin]) each.reset({ seed: 1 });
    const holed = new Array<number>(3);
    holed[0] = holed[2] = 1;
    expect(() => env.step(holed)).toThrow(InvalidActionError);
    expect(env.step([0, 1, 0])).toEqual(twin.step([0, 1, 0]));
  });

  test("so are misspelt options of reset, and seeds that would leave the safe integers", () => {
    const env = makeVecSync("CartPole-v1", { numEnvs: 2 });
    env.reset({ seed: 1 });
    const twin = makeVecSync("CartPole-v1", { numEnvs: 2 });
    twin.reset({ seed: 1 });
    expect(() => env.reset({ options: { resetMask: [true, false] } })).toThrow(/did you mean reset_mask\?/);
    expect(() => env.reset({ options: { lowe: 0 } })).toThrow(/did you mean low\?/);
    expect(() => env.reset({ seed: Number.MAX_SAFE_INTEGER })).toThrow(ConfigError);
    expect(env.reset()).toEqual(twin.reset());
  });

  test("worker threads take modules, not functions", async () => {
    await expect(WorkerVectorEnv.create([pole as never])).rejects.toThrow(/functions cannot go to another thread/);
    await expect(WorkerVectorEnv.create(any({}))).rejects.toThrow(ConfigError);
  });
});

describe("around promises a wrapper rejects, and never throws", () => {
  const around = (wrap: (env: never) => AnyEnv<"async">): AnyEnv<"async"> => wrap(asAsync(new PendulumEnv()) as never);
  const wrappers: Readonly<Record<string, () => AnyEnv<"async">>> = {
    OrderEnforcing: () => around((env) => new OrderEnforcing<unknown, unknown, unknown, "async">(env)),
    RescaleAction: () =>
      around((env) => new RescaleAction<unknown, unknown, unknown, "async">(env, { min: -1, max: 1 })),
    StickyAction: () =>
      around((env) => new StickyAction<unknown, unknown, unknown, "async">(env, { repeatActionProbability: 0.5 })),
  };

  test.each(Object.entries(wrappers))("%s", async (name, open) => {
    const env = open();
    expect(env.mode).toBe("async");
    const early = env.step(Float32Array.of(0));
    await expect(early).rejects.toThrow(ResetNeededError);
    await env.reset({ seed: 1 });
    await expect(env.step("left")).rejects.toThrow(InvalidActionError);
    expect(name).not.toBe("");
  });

  test("also where the environment does not say its mode, but its step is an async function", async () => {
    const env = new OrderEnforcing<unknown, unknown, unknown, "async">(promising(new CartPoleEnv()) as never);
    await expect(env.step(0)).rejects.toThrow(ResetNeededError);
    await expect(env.render()).rejects.toThrow(ResetNeededError);
    expect(() => new OrderEnforcing(new CartPoleEnv()).step(0)).toThrow(ResetNeededError);
  });

  test("a vector wrapper too", async () => {
    const rows = await makeVec("Pendulum-v1", { numEnvs: 2, vectorizationMode: "worker" });
    try {
      const env = new VectorClipAction<unknown, EnvInfo, "async">(rows as never);
      await env.reset();
      await expect(env.step([Float32Array.of(0)])).rejects.toThrow(InvalidActionError);
    } finally {
      rows.close();
    }
  });
});

describe("makeVec's own arguments", () => {
  test.each(["sync", "native"] as const)(
    "autoresetMode is the vector environment's, in mode %s",
    (vectorizationMode) => {
      const env = makeVecSync("CartPole-v1", { numEnvs: 2, autoresetMode: "SameStep", vectorizationMode });
      expect(env.metadata.autoresetMode).toBe("SameStep");
      expect(env.spec?.vector?.vectorOptions).toEqual({ autoresetMode: "SameStep" });
      expect(env.spec?.options).toEqual({});
      expect(makeVecSync(env.spec ?? "").metadata.autoresetMode).toBe("SameStep");
    },
  );

  test("a value that is none is refused", () => {
    expect(() => makeVecSync("CartPole-v1", JSON.parse('{ "autoresetMode": "Next" }'))).toThrow(/autoresetMode/);
    expect(() => makeVecSync("CartPole-v1", JSON.parse('{ "vectorizationMode": "async" }'))).toThrow(
      /Gymnasium's "async" is "worker"/,
    );
    expect(() => makeVecSync("CartPole-v1", JSON.parse('{ "numEnv": 3 }'))).toThrow(ConfigError);
    expect(() => makeSync("CartPole-v1", JSON.parse('{ "numEnvs": 3 }'))).toThrow(ConfigError);
  });
});

describe("spaces", () => {
  test("a Box is float32 where nobody says, as Gymnasium's", () => {
    const box = new Box({ low: -1, high: 1, shape: [2] });
    expectTypeOf(box).toEqualTypeOf<Box>();
    expect([box.dtype, box.sample()]).toEqual(["float32", expect.any(Float32Array)]);
    expect(() => new Box(JSON.parse('{ "low": 0, "high": 1, "dtype": "float16" }'))).toThrow(/dtype must be one of/);
  });

  const typo = JSON.parse('{ "strat": 1 }');
  test.each<[string, () => unknown, RegExp]>([
    ["Box", () => new Box(JSON.parse('{ "low": 0, "high": 1, "shap": [2] }')), /Box: .*"shap" - did you mean shape\?/],
    ["Discrete", () => new Discrete(3, typo), /Discrete: .*"strat" - did you mean start\?/],
    ["MultiDiscrete", () => new MultiDiscrete([3], typo), /did you mean start\?/],
    ["MultiBinary", () => new MultiBinary(3, typo), /MultiBinary/],
    ["Text", () => new Text(3, JSON.parse('{ "min_length": 1 }')), /did you mean minLength\?/],
    ["Sequence", () => new Sequence(new Discrete(2), typo), /Sequence/],
    ["OneOf", () => new OneOf([new Discrete(2)], typo), /OneOf/],
    ["Graph", () => new Graph(new Discrete(2), null, typo), /Graph/],
    ["no list", () => new MultiDiscrete(JSON.parse("3")), /nvec must be a list of numbers, got 3/],
    ["no size", () => new MultiBinary(JSON.parse("null")), /shape must be a list of sizes, got null/],
    ["no spaces", () => new DictSpace(JSON.parse("null")), /DictSpace: spaces must be a record/],
    ["one space", () => new TupleSpace(new Discrete(2) as never), /TupleSpace: spaces must be a list/],
    ["a seed", () => new Discrete(3, JSON.parse('{ "seed": 7 }')), /takes no option seed, got 7 - call seed\(\)/],
    ["a number", () => new Discrete(3, JSON.parse("7")), /options must be a record/],
    ["an rng", () => new Discrete(3, JSON.parse('{ "rng": 7 }')), /random stream must be an Rng, got 7/],
    ["sample", () => new Discrete(3).sample(JSON.parse('{ "maks": [1, 0, 0] }')), /did you mean mask\?/],
    ["sample with null", () => new Discrete(3).sample(JSON.parse("null")), /sample: options must be a record of mask/],
    ["sample with a mask alone", () => new Discrete(2).sample(Int8Array.of(0, 1) as never), /options must be a record/],
    ["a short mask", () => new Discrete(3).sample({ mask: Int8Array.of(0, 1) }), /3 numbers, got Int8Array \[0, 1\]/],
  ])("unknown options are refused: %s", (_, make, message) => {
    const error = vi.fn<() => unknown>(make);
    expect(error).toThrow(ConfigError);
    expect(error).toThrow(message);
  });

  test("a stream of one's own is still taken", () => {
    const rng = new Rng(4);
    expect(new Discrete(9, { rng }).rng).toBe(rng);
  });
});
