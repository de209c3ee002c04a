import { describe, expect, test } from "vitest";

import { ResetNeededError } from "../../../src/core/errors.ts";
import { KINDS, openCounting } from "./kinds.ts";

const LENGTHS = [2, 3, 3];
const ACTIONS = [1, 2, 3];

describe.each(KINDS)("Gymnasium's golden traces, %s", (kind) => {
  test("VE-01 NextStep resets with the step after the end, which ignores the action and pays nothing", async () => {
    using env = await openCounting(kind, "NextStep", LENGTHS);
    expect((await env.reset())[0]).toEqual(Float32Array.of(0, 0, 0));
    const trace = [];
    for (let i = 0; i < 4; i++) {
      const [obs, rewards, terminated, truncated] = await env.step(ACTIONS);
      trace.push([[...obs], [...rewards], [...terminated]]);
      expect(truncated).toEqual(new Uint8Array(3));
    }
    expect(trace).toEqual([
      [
        [1, 1, 1],
        [1, 2, 3],
        [0, 0, 0],
      ],
      [
        [2, 2, 2],
        [1, 2, 3],
        [1, 0, 0],
      ],
      [
        [0, 3, 3],
        [0, 2, 3],
        [0, 1, 1],
      ],
      [
        [1, 0, 0],
        [1, 0, 0],
        [0, 0, 0],
      ],
    ]);
  });

  test("VE-01 SameStep resets within the last step and keeps its observation", async () => {
    using env = await openCounting(kind, "SameStep", LENGTHS);
    await env.reset();
    const trace = [];
    for (let i = 0; i < 4; i++) {
      const [obs, rewards, terminated, , { final_obs: final = null, _final_obs, _final_info }] =
        await env.step(ACTIONS);
      trace.push([[...obs], [...rewards], [...terminated], final]);
      if (final === null) continue;
      expect(_final_obs).toEqual(terminated);
      expect(_final_info).toEqual(terminated);
    }
    expect(trace).toEqual([
      [[1, 1, 1], [1, 2, 3], [0, 0, 0], null],
      [
        [0, 2, 2],
        [1, 2, 3],
        [1, 0, 0],
        [Float32Array.of(2), null, null],
      ],
      [
        [1, 0, 0],
        [1, 2, 3],
        [0, 1, 1],
        [null, Float32Array.of(3), Float32Array.of(3)],
      ],
      [
        [0, 1, 1],
        [1, 2, 3],
        [1, 0, 0],
        [Float32Array.of(2), null, null],
      ],
    ]);
  });

  test("VE-01 Disabled leaves it to reset's mask, and refuses to step past an end", async () => {
    using env = await openCounting(kind, "Disabled", LENGTHS);
    const step = async () => {
      const [obs, , terminated] = await env.step(ACTIONS);
      return [[...obs], [...terminated]];
    };
    await env.reset();
    await env.step(ACTIONS);
    expect(await step()).toEqual([
      [2, 2, 2],
      [1, 0, 0],
    ]);
    await expect(async () => env.step(ACTIONS)).rejects.toThrow(ResetNeededError);
    expect((await env.reset({ options: { reset_mask: [true, false, false] } }))[0]).toEqual(Float32Array.of(0, 2, 2));
    expect(await step()).toEqual([
      [1, 3, 3],
      [0, 1, 1],
    ]);
    expect((await env.reset({ options: { reset_mask: Uint8Array.of(0, 1, 1) } }))[0]).toEqual(Float32Array.of(1, 0, 0));
    expect(await step()).toEqual([
      [2, 1, 1],
      [1, 0, 0],
    ]);
  });

  test("VE-19 a reset after the end takes the place of the pending autoreset", async () => {
    using env = await openCounting(kind, "NextStep", [1, 2, 3]);
    await env.reset();
    await env.step(ACTIONS);
    const [obs] = await env.reset({ options: { reset_mask: [true, false, false], start: 7 } });
    expect(obs).toEqual(Float32Array.of(7, 1, 1));
    const [next, rewards, terminated] = await env.step(ACTIONS);
    expect([[...next], [...rewards], [...terminated]]).toEqual([
      [8, 2, 2],
      [1, 2, 3],
      [0, 1, 0],
    ]);
    const [all] = await env.reset();
    expect(all).toEqual(Float32Array.of(0, 0, 0));
    expect((await env.step(ACTIONS))[1]).toEqual(Float64Array.of(1, 2, 3));
  });
});

test("VE-11 infos of resets and of last steps come in their places", async () => {
  using same = await openCounting("sync", "SameStep", LENGTHS);
  expect((await same.reset())[1]).toEqual({ started: Uint8Array.of(1, 1, 1), _started: Uint8Array.of(1, 1, 1) });
  await same.step(ACTIONS);
  expect((await same.step(ACTIONS))[4]).toEqual({
    started: Uint8Array.of(1, 0, 0),
    _started: Uint8Array.of(1, 0, 0),
    step: Float64Array.of(0, 2, 2),
    _step: Uint8Array.of(0, 1, 1),
    final_obs: [Float32Array.of(2), null, null],
    _final_obs: Uint8Array.of(1, 0, 0),
    final_info: { step: Float64Array.of(2, 0, 0), _step: Uint8Array.of(1, 0, 0) },
    _final_info: Uint8Array.of(1, 0, 0),
  });
  using next = await openCounting("sync", "NextStep", LENGTHS);
  await next.reset();
  await next.step(ACTIONS);
  await next.step(ACTIONS);
  expect((await next.step(ACTIONS))[4]).toEqual({
    started: Uint8Array.of(1, 0, 0),
    _started: Uint8Array.of(1, 0, 0),
    step: Float64Array.of(0, 3, 3),
    _step: Uint8Array.of(0, 1, 1),
  });
});
