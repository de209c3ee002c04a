import { expect, test } from "vitest";
import { ConfigError } from "../../src/core/errors.ts";
import { GenieEnv, worldHeads } from "../../src/env/index.ts";
import { FakeWorldModel } from "../../src/testing/index.ts";
import type { WorldHeads } from "../../src/model/world-model.ts";

const RIGHT = 1;
const CELLS = 64;

/** Heads that are sure of a coin on cell 2, and 30 % sure of an end on cell 1. */
const heads: WorldHeads = {
  rewards: [0, 10],
  judge: async (_, next) => {
    const cells = Array.from({ length: next.length / CELLS }, (_row, row) =>
      next.subarray(row * CELLS, (row + 1) * CELLS).indexOf(1),
    );
    return {
      reward: Float32Array.from(cells.flatMap((cell) => (cell === 2 ? [0, 1] : [0.75, 0.25]))),
      end: Float32Array.from(cells, (cell) => (cell === 2 ? 1 : cell === 1 ? 0.3 : 0)),
    };
  },
};
const world = () => new FakeWorldModel({ noise: 0, starts: [0], heads });

test("the heads of a world pay and end its episodes", async () => {
  await using env = await GenieEnv.fromWorld(world(), { rewardModel: "heads" });
  await env.reset();
  expect((await env.step(RIGHT)).slice(1, 3)).toEqual([0, false]);
  const [, reward, terminated, , info] = await env.step(RIGHT);
  expect([reward, terminated]).toEqual([10, true]);
  expect(info).not.toHaveProperty("world_has_no_reward");
});

test("the threshold of the end and the expected reward can be chosen", async () => {
  const rewardModel = worldHeads({ endThreshold: 0.3, reward: "expected" });
  await using env = await GenieEnv.fromWorld(world(), { numEnvs: 2, rewardModel });
  await env.reset();
  const [, rewards, terminated] = await env.step([RIGHT, 0]);
  expect([...rewards]).toEqual([2.5, 2.5]);
  expect([...terminated]).toEqual([1, 0]);
});

test("an end that pays nothing can cost something, one that pays does not", async () => {
  const rewardModel = worldHeads({ endThreshold: 0.3, deathPenalty: 7 });
  await using env = await GenieEnv.fromWorld(world(), { numEnvs: 2, rewardModel });
  await env.reset();
  // The first step of a row to the right ends it by this threshold, with a reward that is unlikely.
  const [, rewards, terminated] = await env.step([RIGHT, 0]);
  expect([...terminated]).toEqual([1, 0]);
  expect([...rewards]).toEqual([-7, 0]);
  await using other = await GenieEnv.fromWorld(world(), { rewardModel: worldHeads({ deathPenalty: 7 }) });
  await other.reset();
  await other.step(RIGHT);
  expect((await other.step(RIGHT)).slice(1, 3)).toEqual([10, true]);
  for (const deathPenalty of [-1, Number.NaN, Infinity])
    expect(() => worldHeads({ deathPenalty })).toThrow(ConfigError);
});

test("every frame of a step that skips frames is judged, and nothing is earned after the end", async () => {
  await using env = await GenieEnv.fromWorld(world(), {
    rewardModel: worldHeads({ reward: "expected" }),
    frameSkip: 4,
  });
  await env.reset();
  // Cells 1 to 4: an expected 2.5 at the first, the coin and the end at the second.
  expect((await env.step(RIGHT)).slice(1, 3)).toEqual([12.5, true]);
});

test("a world without heads, and thresholds that are no probability, are refused", async () => {
  await expect(GenieEnv.fromWorld(new FakeWorldModel(), { rewardModel: "heads" })).rejects.toThrow(ConfigError);
  await expect(GenieEnv.fromWorld(new FakeWorldModel(), { rewardModel: "heads" })).rejects.toThrow(/train-heads/);
  for (const endThreshold of [0, 1.5, Number.NaN]) expect(() => worldHeads({ endThreshold })).toThrow(ConfigError);
});
