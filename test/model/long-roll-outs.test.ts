import { afterAll, expect, test } from "vitest";
import { CONTEXT } from "../../src/model/evaluation.ts";
import { LONG_HORIZON, longRollOuts, measureDrift } from "../../src/model/long-roll-outs.ts";
import { gap, noiseFrames, tinyGenie, tinyWorld } from "./tiny-genie.ts";
import { sliceFrames } from "../../src/core/frames.ts";

const world = tinyWorld(tinyGenie());
afterAll(() => world.close());

const clips = [0, 1].map((seed) => noiseFrames(CONTEXT + LONG_HORIZON, seed));

test("long roll-outs stand beside what really happened, and the same seed gives the same", async () => {
  let frames = 0;
  const made = await longRollOuts(world, clips, { seed: 1, onFrame: () => frames++ });
  expect(frames).toBe(LONG_HORIZON + 1);
  for (const [i, { truth, predicted }] of made.entries()) {
    expect(predicted.count).toBe(LONG_HORIZON);
    expect(truth).toEqual(sliceFrames(clips[i] ?? truth, CONTEXT, LONG_HORIZON));
  }
  expect(await longRollOuts(world, clips, { seed: 1 })).toEqual(made);

  const drift = await measureDrift(world, made);
  expect(drift.ratio).toBeCloseTo(drift.late / drift.early, 12);
  expect(drift).toMatchObject({ rollOuts: 2, features: expect.stringMatching(/16 numbers$/) });
  // Real frames of noise are all alike: they drift from nothing, and lie nearer to themselves than roll-outs do.
  expect(drift.realLate).toBeLessThan(drift.late);
  const still = await measureDrift(
    world,
    made.map(({ truth }) => ({ truth, predicted: truth })),
  );
  expect([still.early, still.late]).toEqual([still.realEarly, still.realLate]);
});

test("a roll-out is stopped from outside", async () => {
  const stop = () => {
    throw new RangeError("enough");
  };
  await expect(longRollOuts(world, clips, { seed: 1, onFrame: stop })).rejects.toThrow("enough");
});

test("a frame is described alone, not as one of a clip", async () => {
  const clip = noiseFrames(5, 9);
  const together = await world.describe(clip);
  expect(together.map((row) => row.length)).toEqual([16, 16, 16, 16, 16]);
  const [third] = await world.describe(sliceFrames(clip, 2));
  expect(gap(together[2], third)).toBeLessThan(1e-5);
  expect(gap(together[2], together[3])).toBeGreaterThan(1e-3);
});
