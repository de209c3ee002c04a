import { expect, test } from "vitest";
import { PPO } from "../../src/agents/index.ts";
import { ConfigError, DataError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { BaseEnv, Box, Discrete, makeVecSync, MultiBinary, MultiDiscrete, SyncVectorEnv } from "../../src/env/index.ts";
import type { EnvInfo, ResetResult, Space, StepResult } from "../../src/env/index.ts";
import { CartPoleEnv, playDemonstrations } from "../../src/games/index.ts";
import { ACTIONS } from "../../src/games/platformer/game.ts";
import { engine } from "../model/tiny-genie.ts";

const options = { numSteps: 4, numMinibatches: 2, hiddenSizes: [16] };

/** Cart positions, and which side of the middle they are on. */
function shownCarts(count: number) {
  const rng = new Rng(5);
  const carts = Array.from({ length: count }, () => Array.from({ length: 4 }, () => 2 * rng.uniform() - 1));
  return {
    actions: carts.map(([x = 0]) => Number(x > 0)),
    observe: (rows: Uint32Array) => Float32Array.from([...rows].flatMap((row) => carts[row] ?? [])),
  };
}

test("an actor learns to do what it was shown, and its critic keeps its birth", async () => {
  using envs = makeVecSync("CartPole-v1", { numEnvs: 4 });
  const shown = shownCarts(400);
  const losses: number[] = [];
  const onStep = ({ step, loss }: { step: number; loss: number }) => (losses[step - 1] = loss);
  const imitation = { shown, steps: 300, batchSize: 32, learningRate: 1e-2, onStep };
  await using clone = await PPO.create(envs, options, { engine, seed: 3, imitation });
  await using fresh = await PPO.create(envs, options, { engine, seed: 3 });
  const all = Uint32Array.from({ length: 400 }, (_, i) => i);
  const done = await clone.act(shown.observe(all), { deterministic: true });
  const right = [...done].filter((action, i) => action === shown.actions[i]).length;
  expect(right).toBeGreaterThan(380);
  expect(losses[0]).toBeCloseTo(Math.log(2), 1);
  expect(losses).toHaveLength(300);
  expect(losses[299]).toBeLessThan(0.2);
  const [taught, born] = [await clone.params(), await fresh.params()];
  for (const name of Object.keys(born)) {
    const isSame = JSON.stringify(taught[name]) === JSON.stringify(born[name]);
    expect([name, isSame]).toEqual([name, name.startsWith("critic.")]);
  }
  // It goes on by reward.
  for await (const { globalStep } of clone.learn({ steps: 16 })) expect(globalStep).toBe(16);
});

test("pictures that are alike but for a few pixels are told apart: a clone of the platformer's expert jumps", async () => {
  const { frames, actions } = playDemonstrations({ seed: 0, difficulty: "easy", disturbance: 0 }).next().value;
  const size = frames.data.length / frames.count;
  const observe = (rows: Uint32Array) => {
    const seen = new Uint8Array(rows.length * size);
    for (const [i, row] of rows.entries()) seen.set(frames.data.subarray(row * size, (row + 1) * size), i * size);
    return seen;
  };
  const isJump = Array.from(actions, (action) => Number(ACTIONS[action]?.isJump));
  using envs = makeVecSync("Platformer-v0", { numEnvs: 2 });
  const imitation = { shown: { actions, observe }, steps: 500, batchSize: 32, learningRate: 2e-3 };
  await using clone = await PPO.create(envs, { numSteps: 4 }, { engine, seed: 3, imitation });
  const done = await clone.act(observe(Uint32Array.from(actions.keys())), { deterministic: true });
  const jumps = isJump.reduce((sum, jumped) => sum + jumped, 0);
  const same = [...done].filter((action, i) => isJump[i] === 1 && ACTIONS[action]?.isJump).length;
  expect(jumps).toBeGreaterThan(5);
  expect(same / jumps).toBeGreaterThan(0.8);
});

test.each([
  ["no step", { shown: { ...shownCarts(0) } }, DataError, /one step at least/],
  ["an action too many", { shown: { ...shownCarts(2), actions: [0, 2] } }, DataError, /\[0, 2\), got 2 at step 1/],
  ["half an action", { shown: { ...shownCarts(2), actions: [0.5, 1] } }, DataError, /got 0.5 at step 0/],
  ["steps of 0", { steps: 0 }, ConfigError, /steps/],
  ["steps of -3.5", { steps: -3.5 }, ConfigError, /steps/],
  ["a batch of none", { batchSize: 0 }, ConfigError, /batchSize/],
  ["a learning rate of NaN", { learningRate: NaN }, ConfigError, /learningRate/],
  ["an unknown option", { batchsize: 3 }, ConfigError, /did you mean batchSize/],
])("%s cannot be imitated", async (_, wrong, type, message) => {
  using envs = makeVecSync("CartPole-v1", { numEnvs: 4 });
  const creation = PPO.create(envs, options, { engine, imitation: { shown: shownCarts(2), steps: 1, ...wrong } });
  await expect(creation).rejects.toThrow(type);
  await expect(creation).rejects.toThrow(message);
});

test("actions of a space that starts elsewhere are counted from 0", async () => {
  class Shifted extends CartPoleEnv {
    override readonly actionSpace = new Discrete(2, { start: 5 });
  }
  using envs = new SyncVectorEnv([() => new Shifted()]);
  const imitation = { shown: { ...shownCarts(2), actions: [5, 6] }, steps: 1 };
  await expect(PPO.create(envs, options, { engine, imitation })).rejects.toThrow(/subtract the space's start, 5/);
});

test.each([new MultiDiscrete([2, 3]), new MultiBinary(1), new Box({ low: -1, high: 1, shape: [1] })])(
  "actions in %s are no single choice, and not imitated",
  async (actionSpace) => {
    class Other extends BaseEnv<Float32Array, unknown> {
      readonly observationSpace = new Box({ low: -1, high: 1, shape: [4] });
      readonly actionSpace = actionSpace as Space<unknown>;
      protected begin = (): ResetResult<Float32Array, EnvInfo> => [new Float32Array(4), {}];
      protected advance = (): StepResult<Float32Array, EnvInfo> => [new Float32Array(4), 0, false, false, {}];
    }
    using envs = new SyncVectorEnv([() => new Other()]);
    const imitation = { shown: shownCarts(2), steps: 1 };
    await expect(PPO.create(envs, options, { engine, imitation })).rejects.toThrow(
      /imitation: actions must be Discrete, got/,
    );
  },
);
