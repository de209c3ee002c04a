import { describe, expect, expectTypeOf, test, vi } from "vitest";

import {
  AlreadyPendingCallError,
  ClosedError,
  ConfigError,
  functionReward,
  GenieEnv,
  InvalidActionError,
  ResetNeededError,
  tokenReward,
  worldHeads,
} from "../../src/env/index.ts";
import type { Dream, GenieVectorEnv, ObservationMode, RewardModel } from "../../src/env/index.ts";
import type { WorldHeads } from "../../src/model/world-model.ts";
import { FakeWorldModel, FakeWorldSession } from "../../src/testing/index.ts";

/* Roll-outs that are read once, at their end, and steps that nobody looks at. */

const CELLS = 64;
const [B, T] = [3, 7];
const PLAN = Array.from({ length: T }, (_, t) => Array.from({ length: B }, (_row, row) => (t * 3 + row) % 5));

/** Heads that pay 10 on even cells, and never end. */
const heads: WorldHeads = {
  rewards: [0, 10],
  judge: async (_, next) => {
    const cells = Array.from({ length: next.length / CELLS }, (_row, row) =>
      next.subarray(row * CELLS, (row + 1) * CELLS).indexOf(1),
    );
    return {
      reward: Float32Array.from(cells.flatMap((cell) => (cell % 2 === 0 ? [0.1, 0.9] : [0.9, 0.1]))),
      end: new Float32Array(cells.length),
    };
  },
};
const open = <M extends ObservationMode>(observation: M, options: { rewardModel?: RewardModel; frameSkip?: number }) =>
  GenieEnv.fromWorld(new FakeWorldModel({ noise: 0.5, starts: [9, 27, 45], heads }), {
    numEnvs: B,
    observation,
    ...options,
  });

/** The same steps, read one by one. */
async function stepByStep(env: GenieVectorEnv<Int32Array>): Promise<Omit<Dream, "pixels">> {
  const steps: Awaited<ReturnType<typeof env.step>>[] = [];
  for (const actions of PLAN) steps.push(await env.step(actions));
  const column = <A>(pick: (step: Awaited<ReturnType<typeof env.step>>) => Iterable<A>) =>
    steps.flatMap((step) => [...pick(step)]);
  return {
    tokens: Int32Array.from(column(([obs]) => obs)),
    rewards: Float64Array.from(column(([, rewards]) => rewards)),
    terminated: Uint8Array.from(column(([, , terminated]) => terminated)),
    truncated: Uint8Array.from(column(([, , , truncated]) => truncated)),
    confidence: Float32Array.from(column(([, , , , info]) => info.confidence ?? [])),
    entropy: Float32Array.from(column(([, , , , info]) => info.entropy ?? [])),
  };
}

const REWARDS: Record<string, RewardModel | undefined> = {
  "no reward": undefined,
  "the world's heads": worldHeads({ reward: "expected" }),
  "a function of tokens": tokenReward((previous, next, action) => previous.indexOf(1) + 100 * next.indexOf(1) + action),
  "a function of pixels": functionReward((previous, next) => previous.indexOf(255) - next.indexOf(255)),
};

describe.each(Object.entries(REWARDS))("with %s", (_, rewardModel) => {
  test.each([1, 3])("what is imagined is what is stepped, %d frames a step", async (frameSkip) => {
    const options = { frameSkip, ...(rewardModel && { rewardModel }) };
    await using dreaming = await open("tokens", options);
    await using stepping = await open("tokens", options);
    expect(await dreaming.reset({ seed: 4 })).toEqual(await stepping.reset({ seed: 4 }));
    expect(await dreaming.imagine(PLAN)).toEqual(await stepByStep(stepping));
    // And both go on from the same place.
    expect(await dreaming.step([1, 2, 3])).toEqual(await stepping.step([1, 2, 3]));
  });
});

test("a dream has pixels where the environment observes them", async () => {
  await using dreaming = await open("both", {});
  await using stepping = await open("pixels", {});
  await dreaming.reset({ seed: 1 });
  await stepping.reset({ seed: 1 });
  const { pixels } = await dreaming.imagine(PLAN);
  const frames = [];
  for (const actions of PLAN) frames.push(...(await stepping.step(actions))[0]);
  expect(pixels).toEqual(Uint8Array.from(frames));
});

test("a row that ends dreams on unpaid, has ended afterwards, and starts anew with the next step", async () => {
  const rewardModel = tokenReward((_previous, _next, action) => ({ reward: 1, terminated: action === 4 }));
  const world = new FakeWorldModel({ starts: [9] });
  await using env = await GenieEnv.fromWorld(world, { numEnvs: 2, observation: "tokens", horizon: 3, rewardModel });
  await env.reset({ seed: 1 });
  const dream = await env.imagine([
    [0, 0],
    [4, 0],
    [4, 0],
    [0, 0],
  ]);
  expect([...dream.rewards]).toEqual([1, 1, 1, 1, 0, 1, 0, 0]);
  expect([...dream.terminated]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
  expect([...dream.truncated]).toEqual([0, 0, 0, 0, 0, 1, 0, 0]);
  await expect(env.imagine([[0, 0]])).rejects.toThrow(ResetNeededError);
  const [obs, rewards, , , info] = await env.step([1, 1]);
  expect([obs.indexOf(1), [...rewards], [...info.frame_index]]).toEqual([9, [0, 0], [0, 0]]);
});

test("a single environment imagines too", async () => {
  const world = new FakeWorldModel({ noise: 0.5, starts: [9] });
  await using env = await GenieEnv.fromWorld(world, { seed: 2, observation: "tokens" });
  await using stepping = await GenieEnv.fromWorld(world, { seed: 2, observation: "tokens" });
  await env.reset();
  await stepping.reset();
  const { tokens } = await env.imagine([1, 2, 3]);
  for (const [t, action] of [1, 2, 3].entries()) {
    expect(tokens.slice(t * CELLS, (t + 1) * CELLS)).toEqual((await stepping.step(action))[0]);
  }
});

test("misuse of a dream changes nothing", async () => {
  const env = await open("tokens", {});
  await expect(env.imagine(PLAN)).rejects.toThrow(ResetNeededError);
  await env.reset({ seed: 1 });
  const before = await env.getState();
  await expect(env.imagine([])).rejects.toThrow(ConfigError);
  await expect(
    env.imagine([
      [0, 0, 0],
      [9, 0, 0],
    ]),
  ).rejects.toThrow(InvalidActionError);
  expect(await env.getState()).toEqual(before);
  env.stepAsync([0, 0, 0]);
  await expect(env.imagine(PLAN)).rejects.toThrow(AlreadyPendingCallError);
  await env.stepWait();
  env.close();
  await expect(env.imagine(PLAN)).rejects.toThrow(ClosedError);
});

describe('observation "none"', () => {
  test("plays what the other modes play, and shows nothing", async () => {
    await using blind = await open("none", { rewardModel: worldHeads({ reward: "expected" }) });
    await using seeing = await open("tokens", { rewardModel: worldHeads({ reward: "expected" }) });
    expectTypeOf(blind).toEqualTypeOf<GenieVectorEnv<number>>();
    expect((await blind.reset({ seed: 3 }))[0]).toEqual(Int32Array.of(0, 0, 0));
    await seeing.reset({ seed: 3 });
    for (const actions of PLAN) {
      const [obs, rewards, , , info] = await blind.step(actions);
      const [, paid] = await seeing.step(actions);
      expect(blind.observationSpace.contains(obs)).toBe(true);
      expect(rewards).toEqual(paid);
      expect(info).not.toHaveProperty("confidence");
    }
    expect((await blind.getState()).map(({ world }) => world)).toEqual(
      (await seeing.getState()).map(({ world }) => world),
    );
  });

  test("asks the world for nothing", async () => {
    const decode = vi.spyOn(FakeWorldSession.prototype, "decode");
    await using env = await GenieEnv.fromWorld(new FakeWorldModel({ starts: [9] }), {
      numEnvs: 2,
      observation: "none",
      horizon: 2,
      autoresetMode: "SameStep",
    });
    await env.reset();
    for (let i = 0; i < 5; i++) await env.step([1, 1]);
    expect(decode).not.toHaveBeenCalled();
    decode.mockRestore();
  });
});
