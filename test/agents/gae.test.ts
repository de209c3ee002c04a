import { expect, test } from "vitest";
import { gae } from "../../src/agents/gae.ts";

const HALVES = { gamma: 0.5, gaeLambda: 0.5 };

/** Three steps of one environment. */
function threeSteps(ended: readonly number[], finalValues: readonly number[]) {
  return gae(
    {
      numEnvs: 1,
      rewards: Float32Array.of(1, 2, 3),
      values: Float32Array.of(4, 8, 16, 32),
      ended: Uint8Array.from(ended),
      finalValues: Float32Array.from(finalValues),
    },
    HALVES,
  );
}

test("advantages within an episode are the hand computation's", () => {
  // deltas: 1 + 4 - 4 = 1, 2 + 8 - 8 = 2, 3 + 16 - 16 = 3; each takes a quarter of the next.
  const { advantages, returns } = threeSteps([0, 0, 0], [0, 0, 0]);
  expect([...advantages]).toEqual([1.6875, 2.75, 3]);
  expect([...returns]).toEqual([5.6875, 10.75, 19]);
});

test("nothing follows a step that terminated", () => {
  // deltas: 1, 2 + 0 - 8 = -6, 3.
  expect([...threeSteps([0, 1, 0], [0, 0, 0]).advantages]).toEqual([-0.5, -6, 3]);
});

test("a step that was truncated goes on in the value of its last observation, and no further", () => {
  // deltas: 1, 2 + 5 - 8 = -1, 3; the advantage of the next episode does not leak into this one.
  expect([...threeSteps([0, 1, 0], [0, 10, 0]).advantages]).toEqual([0.75, -1, 3]);
});

test("environments side by side do not see each other", () => {
  const { advantages } = gae(
    {
      numEnvs: 2,
      rewards: Float32Array.of(1, 100, 2, 100),
      values: Float32Array.of(4, 0, 8, 0, 16, 0),
      ended: new Uint8Array(4),
      finalValues: new Float32Array(4),
    },
    HALVES,
  );
  expect([...advantages]).toEqual([1.5, 125, 2, 100]);
});
