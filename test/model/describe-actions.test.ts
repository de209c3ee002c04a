import { expect, test } from "vitest";
import { ShapeError } from "../../src/core/errors.ts";
import { sliceFrames } from "../../src/core/frames.ts";
import { noiseFrames, tinyGenie, tinyWorld } from "./tiny-genie.ts";

test.each(["pixels", "tokens"] as const)(
  "steps of a clip have their latent action, and features of their past (%s)",
  async (input) => {
    const world = tinyWorld(tinyGenie({ actions: { input } }));
    try {
      const clip = noiseFrames(4, 5);
      const steps = await world.describeActions(clip);
      expect(steps.map(({ action }) => action)).toEqual([...(await world.inferActions(clip))]);
      for (const { features } of steps) {
        expect(features).toHaveLength(world.config.actions.encoder.modelDim);
        expect(features.every(Number.isFinite)).toBe(true);
      }
      expect(steps[0]?.features).not.toEqual(steps[1]?.features);
      // What comes later changes nothing.
      const early = await world.describeActions(sliceFrames(clip, 0, 3));
      expect(early).toHaveLength(2);
      for (const [t, { features }] of early.entries()) {
        for (const [d, x] of features.entries()) expect(x).toBeCloseTo(Number(steps[t]?.features[d]), 4);
      }
      await expect(world.describeActions(noiseFrames(4, 5, 8))).rejects.toThrow(ShapeError);
    } finally {
      world.close();
    }
  },
);
