import * as tf from "@tensorflow/tfjs";
import { describe, expect, test, vi } from "vitest";
import type { Engine } from "../../src/compute/engine.ts";
import { GenieEnv, worldHeads } from "../../src/env/index.ts";
import { GenieWorld } from "../../src/model/genie-world.ts";
import { headsParams, RewardHeadsConfig, setupHeads } from "../../src/model/reward-heads.ts";
import type { FramePlan, Look, Seen } from "../../src/model/world-model.ts";
import { noisyParams } from "../model/tiny-genie.ts";
import { engineNamed } from "./engine-named.ts";
import { inputsOf } from "./roll-out.ts";
import { ENGINES, movingSquare, SMALLEST } from "./worlds.ts";

/*
 * Frames that stay on the device: what is played without looking is what is played with looking, bit for bit, and comes
 * down in one read.
 */
const FRAMES = 6;
const PROMPTS = [movingSquare(1, 2), movingSquare(2, 3)];
const ALL: Look = { tokens: true, confidence: true, pixels: true, outlook: true };
const TIMEOUT = 1_200_000;

const config = RewardHeadsConfig.parse({
  rewards: [-1, 0, 10],
  transformer: { numBlocks: 1, modelDim: 16, numHeads: 2 },
});
const heads = { config, params: noisyParams(headsParams(setupHeads(config, SMALLEST.setup)), 3) };
const worldOn = (engine: Engine) => new GenieWorld("tiny", SMALLEST.config, SMALLEST.params, engine, { heads });

function planOf(world: GenieWorld, look: Look): FramePlan[] {
  return Array.from({ length: FRAMES }, (_, step) => {
    const rows = [0, 1].map((seed) => inputsOf(world, seed, step));
    const uniforms = Float32Array.from(rows.flatMap((row) => [...row.uniforms]));
    return { actions: Int32Array.from(rows, ({ action }) => action), uniforms, look };
  });
}

/** How often something comes down from a backend of TensorFlow.js. */
const countReads = () => vi.spyOn(tf.Tensor.prototype, "data");

describe.each([...new Set([...ENGINES, "cpu"])])("%s", (name) => {
  test(
    "a roll-out that stays on the device is the one that is looked at step by step",
    async () => {
      const engine = await engineNamed(name);
      const world = worldOn(engine);
      const [kept, looked] = [await world.open(2), await world.open(2)];
      for (const session of [kept, looked]) await session.reset([0, 1], PROMPTS);
      const [blind, all] = [planOf(world, {}), planOf(world, ALL)];

      const each: Seen[] = [];
      for (const frame of all) each.push(...((await looked.play?.([frame])) ?? []));
      const reads = countReads();
      const last = all.at(-1);
      const seen = await kept.play?.([...blind.slice(0, -1), ...(last ? [last] : [])]);
      expect(reads.mock.calls.length).toBe(engine.read ? 1 : 0);
      reads.mockRestore();
      expect(seen).toEqual([...blind.slice(1).map(() => ({})), each.at(-1)]);
      expect(each.at(-1)?.outlook?.reward).toHaveLength(2 * config.rewards.length);
      for (const row of [0, 1]) expect(await kept.getState(row)).toEqual(await looked.getState(row));

      // The second time all of it is asked for, and read at the end.
      const steps: Seen[] = [];
      for (const { actions, uniforms } of blind) {
        const before = await looked.tokens();
        const step = await looked.step(actions, uniforms);
        steps.push({
          ...step,
          pixels: await looked.decode(),
          outlook: (await world.heads?.judge(before, step.tokens)) ?? {
            reward: new Float32Array(),
            end: new Float32Array(),
          },
        });
      }
      expect(await kept.play?.(all)).toEqual(steps);
      world.close();
    },
    TIMEOUT,
  );
});

describe.each(ENGINES)("%s", (name) => {
  test(
    "an environment reads once a step, and not at all where nobody looks",
    async () => {
      const engine = await engineNamed(name);
      const world = worldOn(engine);
      const prompts = PROMPTS.slice(0, 1);
      const readsOf = async (options: Parameters<typeof GenieEnv.fromWorld>[1]): Promise<number> => {
        await using env = await GenieEnv.fromWorld(world, { ...options, numEnvs: 2, prompts });
        await env.reset({ seed: 1 });
        const reads = countReads();
        for (let i = 0; i < 3; i++) await env.step([i, i + 1]);
        const count = reads.mock.calls.length;
        reads.mockRestore();
        return count;
      };
      const rewardModel = worldHeads({ endThreshold: 1 });
      const counts = [
        await readsOf({ observation: "none" }),
        await readsOf({ observation: "tokens" }),
        await readsOf({ observation: "pixels" }),
        await readsOf({ observation: "both", rewardModel, frameSkip: 2 }),
        await readsOf({ observation: "none", rewardModel }),
      ];
      expect(counts).toEqual(engine.read ? [0, 3, 3, 3, 3] : [0, 0, 0, 0, 0]);
      world.close();
    },
    TIMEOUT,
  );

  test(
    "what is played holds no more and more on the device, whether anybody looks or not",
    async () => {
      const world = worldOn(await engineNamed(name));
      const session = await world.open(2);
      await session.reset(
        [0, 1],
        PROMPTS.slice(0, 1).flatMap((prompt) => [prompt, prompt]),
      );
      const held: number[] = [];
      for (let round = 0; round < 6; round++) {
        await session.play?.(planOf(world, {}));
        held.push(tf.memory().numTensors);
      }
      // The decoder needs the last frames of its reach, which is 4 here, and looks for them once in so many.
      expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(8);
      const looked: number[] = [];
      for (let round = 0; round < 3; round++) {
        await session.play?.(planOf(world, ALL));
        looked.push(tf.memory().numTensors);
      }
      expect(new Set(looked).size).toBe(1);
      world.close();
    },
    TIMEOUT,
  );
});
