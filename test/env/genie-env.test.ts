import { expect, expectTypeOf, test } from "vitest";

import { ClosedError, ConfigError, InvalidActionError, ResetNeededError, ShapeError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import type { GenieEnvOptions, GenieVectorEnv, PixelsAndTokens } from "../../src/env/index.ts";
import { functionReward, GenieEnv, goalImageReward } from "../../src/env/index.ts";
import { FakeWorldModel } from "../../src/testing/index.ts";

const NOISY = { noise: 0.5 };
const cellOf = (pixels: Uint8Array): number => pixels.findIndex((value, i) => i % 3 === 0 && value === 255) / 3;
const actionSequence = (length: number): number[] => Array.from({ length }, (_, i) => (i * 7) % 5);

type Options = Omit<GenieEnvOptions, "observation" | "numEnvs">;

function openBatch(numEnvs: number, options: Options = {}, world = new FakeWorldModel(NOISY)) {
  return GenieEnv.fromWorld(world, { prompts: [world.prompt(27)], ...options, numEnvs });
}

function openTokens(numEnvs: number, options: Options = {}, world = new FakeWorldModel(NOISY)) {
  return GenieEnv.fromWorld(world, { prompts: [world.prompt(27)], ...options, numEnvs, observation: "tokens" });
}

/** What row `row` sees when every row plays the same actions but those of `others`. */
async function rowTrace(numEnvs: number, row: number, seeds: readonly number[]): Promise<Uint8Array[]> {
  await using env = await openBatch(numEnvs);
  const size = 8 * 8 * 3;
  const [first] = await env.reset({ seed: seeds });
  const trace = [first];
  for (const [i, action] of actionSequence(20).entries()) {
    const actions = Array.from({ length: numEnvs }, (_, other) => (other === row ? action : (i + other) % 5));
    trace.push((await env.step(actions))[0]);
  }
  return trace.map((obs) => obs.slice(row * size, (row + 1) * size));
}

test("a row's bytes do not depend on the batch around it", async () => {
  const alone = await rowTrace(1, 0, [42]);
  expect(await rowTrace(3, 1, [7, 42, 9])).toEqual(alone);
  expect(await rowTrace(5, 4, [1, 2, 3, 4, 42])).toEqual(alone);
  expect(await rowTrace(1, 0, [43])).not.toEqual(alone);
});

test("VE-05 an integer seed s seeds row i with s + i, as the single environment's s + i", async () => {
  const world = new FakeWorldModel(NOISY);
  await using batch = await openBatch(3, { seed: 10 }, world);
  await using single = await GenieEnv.fromWorld(world, { seed: 12 });
  await batch.reset();
  await single.reset(world.prompt(27));
  for (const action of actionSequence(20)) {
    const [obs] = await batch.step([0, 0, action]);
    expect((await single.step(action))[0]).toEqual(obs.slice(2 * 192));
  }
});

test("reset without a seed goes on with the random stream, with one it starts again", async () => {
  await using env = await GenieEnv.fromWorld(new FakeWorldModel(NOISY), { observation: "tokens", seed: 3 });
  const episode = async (args: { seed?: number }) => {
    await env.reset({ ...args, options: { image: new FakeWorldModel().prompt(0) } });
    const cells = [];
    for (const action of actionSequence(20)) cells.push((await env.step(action))[0].indexOf(1));
    return cells;
  };
  const [first, second, again] = [await episode({ seed: 5 }), await episode({}), await episode({ seed: 5 })];
  expect(second).not.toEqual(first);
  expect(again).toEqual(first);
  expect(await episode({})).toEqual(second);
});

test("observation types follow the option", async () => {
  const world = new FakeWorldModel();
  const pixels = await GenieEnv.fromWorld(world);
  const tokens = await GenieEnv.fromWorld(world, { observation: "tokens", numEnvs: 2 });
  const both = await GenieEnv.fromWorld(world, { observation: "both" });
  expectTypeOf(pixels).toEqualTypeOf<GenieEnv>();
  expectTypeOf(tokens).toEqualTypeOf<GenieVectorEnv<Int32Array>>();
  expectTypeOf(both).toEqualTypeOf<GenieEnv<PixelsAndTokens>>();
  expect(pixels.observationSpace.shape).toEqual([8, 8, 3]);
  expect(tokens.observationSpace.shape).toEqual([2, 64]);
  const [obs] = await both.reset(world.prompt(5));
  expect(both.observationSpace.contains(obs)).toBe(true);
  expect([obs.pixels, obs.tokens.indexOf(1)]).toEqual([world.prompt(5).data, 5]);
});

test("an image of any size is a prompt", async () => {
  await using env = await GenieEnv.fromWorld(new FakeWorldModel(), { observation: "tokens" });
  const data = new Uint8Array(16 * 16 * 3);
  for (const pixel of [0, 1, 16, 17]) data.fill(255, (pixel + 6) * 3, (pixel + 7) * 3);
  const [obs] = await env.reset({ data, width: 16, height: 16 });
  expect(obs.indexOf(1)).toBe(3);
});

test("prompts are chosen by the seed", async () => {
  const world = new FakeWorldModel();
  const prompts = [0, 9, 18, 27, 36].map((cell) => world.prompt(cell));
  await using env = await GenieEnv.fromWorld(world, { prompts, observation: "tokens" });
  const start = async (seed: number) => (await env.reset({ seed }))[0].indexOf(1);
  const starts = [];
  for (let seed = 0; seed < 20; seed++) starts.push(await start(seed));
  expect(new Set(starts)).toEqual(new Set([0, 9, 18, 27, 36]));
  expect(await start(4)).toBe(starts[4]);
});

test("the horizon truncates, and a step after the end needs a reset", async () => {
  const world = new FakeWorldModel();
  await using env = await GenieEnv.fromWorld(world, { horizon: 2 });
  await env.reset(world.prompt(0));
  expect((await env.step(0)).slice(2, 4)).toEqual([false, false]);
  expect((await env.step(0)).slice(2, 4)).toEqual([false, true]);
  await expect(env.step(0)).rejects.toThrow(ResetNeededError);
  await env.reset();
  expect((await env.step(0))[3]).toBe(false);
});

test("frameSkip holds the action for several frames", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  await using env = await GenieEnv.fromWorld(world, { frameSkip: 3, observation: "tokens" });
  await env.reset(world.prompt(0));
  const [obs, , , , info] = await env.step(1);
  expect([obs.indexOf(1), info.frame_index]).toEqual([3, 3]);
});

test("info tells the model's confidence, and that a world from plain video has no reward", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  await using env = await GenieEnv.fromWorld(world);
  const [, resetInfo] = await env.reset(world.prompt(0));
  expect(resetInfo).toEqual({ frame_index: 0, world_has_no_reward: true });
  const [, reward, , , info] = await env.step(0);
  expect(reward).toBe(0);
  expect(info).toEqual({ frame_index: 1, confidence: 1, entropy: 0, world_has_no_reward: true });
});

test("a goal image rewards closeness and ends the task", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  await using env = await GenieEnv.fromWorld(world, {
    rewardModel: goalImageReward(world.prompt(2), { threshold: 0 }),
  });
  await env.reset(world.prompt(0));
  const [, far, farEnds, , info] = await env.step(1);
  const [, reached, ends] = await env.step(1);
  const difference = (239 + 216 + 32) * 2;
  expect(far).toBeCloseTo(-difference / (192 * 255), 12);
  expect([farEnds, reached, ends]).toEqual([false, 0, true]);
  expect(info.world_has_no_reward).toBeUndefined();
});

test("a reward function sees each row's frames before and after its action", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  const rewardModel = functionReward(
    (before, after, action, row) => cellOf(after) - cellOf(before) + 100 * action + row,
  );
  await using env = await openBatch(3, { rewardModel }, world);
  await env.reset();
  expect([...(await env.step([0, 1, 3]))[1]]).toEqual([0, 102, 310]);
});

test("a function is a reward model of pixels; anything else names what makes one", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  await using env = await openBatch(2, { rewardModel: (_before, _after, action) => 7 + action }, world);
  await env.reset();
  expect([...(await env.step([0, 1]))[1]]).toEqual([7, 8]);
  for (const rewardModel of [7, "x", {}]) {
    const options = JSON.parse(JSON.stringify({ rewardModel }));
    await expect(GenieEnv.fromWorld(world, options)).rejects.toThrow(/functionReward, tokenReward and goalImageReward/);
  }
});

test("the caller may write over actions while the step waits", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  await using env = await openTokens(2, {}, world);
  await env.reset();
  const actions = Int32Array.of(1, 2);
  const stepping = env.step(actions);
  actions.fill(0);
  const [obs] = await stepping;
  expect([obs.subarray(0, 64).indexOf(1), obs.subarray(64).indexOf(1)]).toEqual([28, 26]);
});

test("a reward that is no number is refused", async () => {
  const world = new FakeWorldModel();
  await using env = await GenieEnv.fromWorld(world, { rewardModel: functionReward(() => Number.NaN) });
  await env.reset(world.prompt(0));
  await expect(env.step(0)).rejects.toThrow(ShapeError);
});

/** What a batch sees, with or without invalid actions in between. */
async function disturbedTrace(disturb: boolean): Promise<unknown[]> {
  await using env = await openTokens(2);
  await env.reset();
  const seen: unknown[] = [];
  for (const action of actionSequence(10)) {
    for (const bad of disturb ? [[0], [0, 5], [0, -1], [0, 0.5], [0, Number.NaN]] : []) {
      await expect(env.step(bad)).rejects.toThrow(InvalidActionError);
    }
    seen.push((await env.step([action, 0]))[0]);
  }
  return seen;
}

test("actions outside the space are refused and change nothing", async () => {
  expect(await disturbedTrace(true)).toEqual(await disturbedTrace(false));
});

/** What rows 0 and 2 see, with or without a reset of row 1 halfway. */
async function maskedTrace(masked: boolean): Promise<unknown[]> {
  await using env = await openTokens(3);
  await env.reset({ seed: 1 });
  const seen: unknown[] = [];
  for (const [i, action] of actionSequence(12).entries()) {
    if (masked && i === 5) await env.reset({ seed: 99, options: { reset_mask: [false, true, false] } });
    const obs = (await env.step([action, action, action]))[0];
    seen.push([obs.slice(0, 64), obs.slice(128)]);
  }
  return seen;
}

test("VE-06 reset_mask leaves the other rows bit for bit as they were", async () => {
  expect(await maskedTrace(true)).toEqual(await maskedTrace(false));
});

test("VE-19 a reset with an image wins over a pending autoreset of its row", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  await using env = await openTokens(2, { horizon: 2 }, world);
  const cells = (obs: Int32Array): number[] => [obs.subarray(0, 64).indexOf(1), obs.subarray(64).indexOf(1)];
  await env.reset();
  await env.reset({ options: { reset_mask: [true, false] } });
  await env.step([0, 0]);
  expect((await env.step([0, 0]))[3]).toEqual(Uint8Array.of(1, 1));
  const image = world.prompt(3);
  const [obs] = await env.reset({ options: { image, reset_mask: [false, true] } });
  expect(cells(obs)).toEqual([27, 3]);
  const [next, , , truncated, { frame_index: frames }] = await env.step([1, 1]);
  expect([cells(next), truncated, frames]).toEqual([[27, 4], new Uint8Array(2), Float64Array.of(0, 1)]);
});

test("VE-05 a row whose seed is null goes on with its stream", async () => {
  await using env = await openTokens(3);
  await using twin = await openTokens(3);
  for (const each of [env, twin]) await each.reset({ seed: 1 });
  await env.reset({ seed: [null, 50, null] });
  await twin.reset();
  expect(env.rngSeeds).toEqual([1, 50, 3]);
  const [obs, other] = [(await env.step([1, 2, 3]))[0], (await twin.step([1, 2, 3]))[0]];
  expect([obs.slice(0, 64), obs.slice(128)]).toEqual([other.slice(0, 64), other.slice(128)]);
});

test("a refused reset leaves the random streams as they were", async () => {
  await using env = await openTokens(2, { prompts: [] });
  await expect(env.reset({ seed: 7 })).rejects.toThrow(/no image to start from/);
  expect(env.rngSeeds).toEqual([0, 1]);
});

test("a step that fails half-way leaves nothing to step on; a reset does", async () => {
  const world = new FakeWorldModel();
  const rewardModel = functionReward((_before, _after, action) => (action === 4 ? Number.NaN : 1));
  await using env = await openBatch(2, { rewardModel }, world);
  await env.reset();
  await expect(env.step([0, 4])).rejects.toThrow(ShapeError);
  await expect(env.step([0, 0])).rejects.toThrow(ResetNeededError);
  await env.reset();
  expect((await env.step([0, 0]))[1]).toEqual(Float64Array.of(1, 1));
});

test("VE-07 options of reset are not touched", async () => {
  await using env = await openBatch(2);
  const options = Object.freeze({ reset_mask: Object.freeze([true, true]), image: new FakeWorldModel().prompt(3) });
  const before = structuredClone(options);
  await env.reset({ seed: 1, options });
  expect(options).toEqual(before);
});

test("results are the caller's to change", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  const rewardModel = goalImageReward(world.prompt(0));
  await using env = await GenieEnv.fromWorld(world, { renderMode: "rgb_array", rewardModel });
  const [obs] = await env.reset(world.prompt(0));
  obs.fill(0);
  const frame = await env.render();
  expect(frame).toEqual(world.prompt(0));
  const [, reward] = await env.step(0);
  expect(reward).toBe(0);
});

test("environments of different sizes can share a reward model", async () => {
  const [small, large] = [new FakeWorldModel({ noise: 0, size: 4 }), new FakeWorldModel({ noise: 0, size: 8 })];
  const image = { data: new Uint8Array(4 * 4 * 3), width: 4, height: 4 };
  const rewardModel = goalImageReward(image, { threshold: 0 });
  await using first = await GenieEnv.fromWorld(small, { rewardModel });
  await first.reset(small.prompt(0));
  const [, alone] = await first.step(0);
  await using second = await GenieEnv.fromWorld(large, { rewardModel });
  await second.reset(large.prompt(0));
  await second.step(0);
  const [, beside] = await first.step(0);
  expect(beside).toBe(alone);
});

test("calls run in the order in which they were made", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  await using env = await GenieEnv.fromWorld(world, { observation: "tokens" });
  const results = await Promise.all([env.reset(world.prompt(0)), env.step(1), env.step(1), env.step(3)]);
  expect(results.map(([obs]) => obs.indexOf(1))).toEqual([0, 1, 2, 10]);
});

test("render shows what its mode says", async () => {
  const world = new FakeWorldModel();
  const open = (renderMode: "ansi" | null) => GenieEnv.fromWorld(world, { renderMode });
  await using ansi = await open("ansi");
  await expect(ansi.render()).rejects.toThrow(ResetNeededError);
  await ansi.reset(world.prompt(0));
  const text = await ansi.render();
  expect(text).toMatch(/^([^\n]+\n){3}[^\n]+$/);
  expect(text).toContain("\u001B[38;2;255;240;80m\u001B[48;2;16;24;48m▀");
  await using blind = await open(null);
  await blind.reset(world.prompt(0));
  expect(await blind.render()).toBeNull();
});

test("a closed environment stays closed, and leaves the world to its owner", async () => {
  const world = new FakeWorldModel();
  const env = await GenieEnv.fromWorld(world);
  await env.reset(world.prompt(0));
  expect(world.openSessions).toBe(1);
  env.close();
  env.close();
  expect(world.openSessions).toBe(0);
  await expect(env.step(0)).rejects.toThrow(ClosedError);
  await expect(env.reset(world.prompt(0))).rejects.toThrow(ClosedError);
  await using other = await GenieEnv.fromWorld(world);
  expect((await other.reset(world.prompt(1)))[0]).toEqual(world.prompt(1).data);
});

test("options and arguments that break a rule are named", async () => {
  const world = new FakeWorldModel();
  const image = world.prompt(0);
  await expect(GenieEnv.fromWorld(world, { numEnvs: 0 })).rejects.toThrow(/numEnvs/);
  await expect(GenieEnv.fromWorld(world, JSON.parse('{"horizn": 3}'))).rejects.toThrow(/horizn/);
  await using env = await GenieEnv.fromWorld(world, { numEnvs: 2 });
  await expect(env.reset()).rejects.toThrow(/no image to start from/);
  await expect(env.step([0, 0])).rejects.toThrow(ResetNeededError);
  await expect(env.reset({ options: { image, reset_mask: [true, false] } })).rejects.toThrow(ResetNeededError);
  const masks = [[false, false], [true], Uint8Array.of(2, 0), JSON.parse("[1, 0]")];
  for (const options of [...masks.map((reset_mask) => ({ image, reset_mask })), { image: [image] }]) {
    await expect(env.reset({ options })).rejects.toThrow(ConfigError);
  }
  for (const seed of [-1, 1.5, [1], [1, -2]])
    await expect(env.reset({ seed, options: { image } })).rejects.toThrow(ConfigError);
  await expect(env.reset({ ...image, height: 4 })).rejects.toThrow(ShapeError);
  await expect(env.reset(JSON.parse('{ "image": "a.png" }'))).rejects.toThrow(/pass \{ options: \{ image \} \}/);
  await expect(env.reset(JSON.parse('{ "options": { "image": 7 } }'))).rejects.toThrow(/a path, image bytes/);
  await expect(env.reset(JSON.parse('["a.png", 7]'))).rejects.toThrow(ConfigError);
  await expect(GenieEnv.load("supertux", JSON.parse('{ "engin": "onnx" }'))).rejects.toThrow(/did you mean engine\?/);
  for (const none of ["5", "null"]) {
    await expect(GenieEnv.load("supertux", JSON.parse(none))).rejects.toThrow(ConfigError);
  }
  await expect(GenieEnv.load(JSON.parse("null"))).rejects.toThrow(/must be a name or a folder/);
});

test("a sampled action is always valid", async () => {
  const world = new FakeWorldModel();
  await using env = await GenieEnv.fromWorld(world);
  await env.reset(world.prompt(0));
  env.actionSpace.seed(new Rng(1).integer(100));
  for (let i = 0; i < 20; i++) expect(await env.step(env.actionSpace.sample())).toHaveLength(5);
});

test("without an image reset chooses from the world's prompts, by seed, unless the option `prompts` says otherwise", async () => {
  const world = new FakeWorldModel({ starts: [3, 11, 19] });
  await using env = await GenieEnv.fromWorld(world, { observation: "tokens" });
  const start = async (seed: number) => (await env.reset({ seed }))[0].indexOf(1);
  const starts = [];
  for (let seed = 0; seed < 20; seed++) starts.push(await start(seed));
  expect(new Set(starts)).toEqual(new Set([3, 11, 19]));
  expect(await start(7)).toBe(starts[7]);

  await using own = await GenieEnv.fromWorld(world, { observation: "tokens", prompts: [world.prompt(5)] });
  expect((await own.reset())[0].indexOf(1)).toBe(5);
  await using none = await GenieEnv.fromWorld(world, { prompts: [] });
  await expect(none.reset()).rejects.toThrow(/no image to start from/);
});
