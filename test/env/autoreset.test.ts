import { describe, expect, test } from "vitest";

import { ResetNeededError } from "../../src/core/errors.ts";
import type { AutoresetMode } from "../../src/env/index.ts";
import { GenieEnv, tokenReward } from "../../src/env/index.ts";
import { FakeWorldModel } from "../../src/testing/index.ts";

/*
 * Gymnasium's own traces of its three autoreset modes: an observation is the number of steps, a reward is the action,
 * and episodes last 2, 3 and 3 steps. Here every action moves the dot one cell on, so that its cell counts steps.
 */
const LENGTHS = [2, 3, 3];
const ACTIONS = [1, 2, 3];
const cellOf = (tokens: Int32Array): number => tokens.indexOf(1);

async function countingEnv(autoresetMode: AutoresetMode) {
  const world = new FakeWorldModel({
    moves: [
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 0],
    ],
    noise: 0,
  });
  const rewardModel = tokenReward((_, next, action, row) => ({
    reward: action,
    terminated: cellOf(next) === LENGTHS[row],
  }));
  const prompts = [world.prompt(0)];
  return GenieEnv.fromWorld(world, { numEnvs: 3, observation: "tokens", autoresetMode, rewardModel, prompts });
}

const cells = (tokens: Int32Array): number[] =>
  [0, 1, 2].map((row) => cellOf(tokens.subarray(row * 64, row * 64 + 64)));

describe("Gymnasium's golden traces", () => {
  test("VE-01 NextStep resets with the step after the end", async () => {
    await using env = await countingEnv("NextStep");
    await env.reset();
    const trace = [];
    for (let i = 0; i < 4; i++) {
      const [obs, reward, terminated, , { _confidence: predicted }] = await env.step(ACTIONS);
      trace.push({
        obs: cells(obs),
        reward: [...reward],
        terminated: [...terminated],
        predicted: [...(predicted ?? [])],
      });
    }
    expect(trace).toEqual([
      { obs: [1, 1, 1], reward: [1, 2, 3], terminated: [0, 0, 0], predicted: [1, 1, 1] },
      { obs: [2, 2, 2], reward: [1, 2, 3], terminated: [1, 0, 0], predicted: [1, 1, 1] },
      { obs: [0, 3, 3], reward: [0, 2, 3], terminated: [0, 1, 1], predicted: [0, 1, 1] },
      { obs: [1, 0, 0], reward: [1, 0, 0], terminated: [0, 0, 0], predicted: [1, 0, 0] },
    ]);
  });

  test("VE-01 SameStep resets within the last step and keeps its observation", async () => {
    await using env = await countingEnv("SameStep");
    await env.reset();
    const trace = [];
    for (let i = 0; i < 4; i++) {
      const [obs, , terminated, , { final_obs, _final_obs, _final_info }] = await env.step(ACTIONS);
      const final = final_obs?.map((last) => (last === null ? null : cellOf(last)));
      trace.push({ obs: cells(obs), terminated: [...terminated], final });
      expect(_final_obs).toEqual(final && Uint8Array.from(terminated));
      expect(_final_info).toEqual(final && Uint8Array.from(terminated));
    }
    expect(trace).toEqual([
      { obs: [1, 1, 1], terminated: [0, 0, 0], final: undefined },
      { obs: [0, 2, 2], terminated: [1, 0, 0], final: [2, null, null] },
      { obs: [1, 0, 0], terminated: [0, 1, 1], final: [null, 3, 3] },
      { obs: [0, 1, 1], terminated: [1, 0, 0], final: [2, null, null] },
    ]);
  });

  test("VE-11 SameStep's final info is the last step's of the rows that ended, its top level the reset's", async () => {
    await using env = await countingEnv("SameStep");
    await env.reset();
    await env.step(ACTIONS);
    const [, , , , { final_info: last, frame_index, _frame_index, _confidence, confidence }] = await env.step(ACTIONS);
    expect([frame_index, _frame_index]).toEqual([Float64Array.of(0, 2, 2), Uint8Array.of(1, 1, 1)]);
    expect([confidence, _confidence]).toEqual([Float64Array.of(0, 1, 1), Uint8Array.of(0, 1, 1)]);
    expect(last).toEqual({
      frame_index: Float64Array.of(2, 0, 0),
      _frame_index: Uint8Array.of(1, 0, 0),
      confidence: Float64Array.of(1, 0, 0),
      _confidence: Uint8Array.of(1, 0, 0),
      entropy: Float64Array.of(0, 0, 0),
      _entropy: Uint8Array.of(1, 0, 0),
    });
  });

  test("VE-01 Disabled leaves it to reset's mask", async () => {
    await using env = await countingEnv("Disabled");
    await env.reset();
    await env.step(ACTIONS);
    const [obs, , terminated] = await env.step(ACTIONS);
    expect([cells(obs), [...terminated]]).toEqual([
      [2, 2, 2],
      [1, 0, 0],
    ]);
    await expect(env.step(ACTIONS)).rejects.toThrow(ResetNeededError);
    const [afterReset] = await env.reset({ options: { reset_mask: terminated } });
    expect(cells(afterReset)).toEqual([0, 2, 2]);
    const [next, , ends] = await env.step(ACTIONS);
    expect([cells(next), [...ends]]).toEqual([
      [1, 3, 3],
      [0, 1, 1],
    ]);
    expect(cells((await env.reset({ options: { reset_mask: [false, true, true] } }))[0])).toEqual([1, 0, 0]);
    expect(cells((await env.step(ACTIONS))[0])).toEqual([2, 1, 1]);
  });
});
