import { expect, test } from "vitest";
import { describeVideo, labelVideo } from "../../src/agents/index.ts";
import { ConfigError, ShapeError } from "../../src/core/errors.ts";
import type { Frames } from "../../src/core/frames.ts";

/** A video whose frame i is one pixel of brightness i. */
function video(count: number): Frames {
  return { data: Uint8Array.from({ length: count * 3 }, (_, i) => Math.floor(i / 3)), count, height: 1, width: 1 };
}

/** Calls an action by the brightness of the frame that it led to, and remembers how far back it could see. */
function labeler() {
  const history = new Map<number, number>();
  return {
    numActions: 256,
    history,
    inferActions: ({ data, count }: Frames): Promise<Int32Array> => {
      const latents = Int32Array.from({ length: count - 1 }, (_, i) => Number(data[(i + 1) * 3]));
      for (const [i, latent] of latents.entries()) history.set(latent, i + 1);
      return Promise.resolve(latents);
    },
  };
}

test.each([
  [1, 4],
  [2, 4],
  [3, 4],
  [4, 4],
  [5, 4],
  [40, 4],
  [41, 16],
  [9, 2],
  [9, 3],
])("every action of a video of %i frames is labelled, by clips of %i", async (count, clipLength) => {
  const latents = await labelVideo(labeler(), video(count), { clipLength });
  expect([...latents]).toEqual(Array.from({ length: count - 1 }, (_, i) => i + 1));
});

test("a label goes by half a clip of frames before it, once there are so many", async () => {
  let shortest = Infinity;
  const seeing = labeler();
  const inferActions = async (clip: Frames) => {
    const latents = await seeing.inferActions(clip);
    // Labels that tell how many frames of the clip came before.
    return latents.map((latent, i) => (latent > 8 ? i + 1 : 99));
  };
  for (const seen of await labelVideo({ numActions: 256, inferActions }, video(100), { clipLength: 16 })) {
    shortest = Math.min(shortest, seen);
  }
  expect(shortest).toBeGreaterThanOrEqual(8);
});

test("a video is described as it is labelled, step by step", async () => {
  const seeing = labeler();
  const describeActions = async (clip: Frames) =>
    Array.from(await seeing.inferActions(clip), (action) => ({ action, features: Float32Array.of(action / 2) }));
  const steps = await describeVideo({ ...seeing, describeActions }, video(41), { clipLength: 16 });
  expect(steps.map(({ action }) => action)).toEqual([...(await labelVideo(seeing, video(41), { clipLength: 16 }))]);
  expect(steps.map(({ features }) => [...features])).toEqual(steps.map(({ action }) => [action / 2]));
});

test("bad input is refused", async () => {
  await expect(labelVideo(labeler(), video(5), { clipLength: 1 })).rejects.toThrow(ConfigError);
  const short = { numActions: 2, inferActions: () => Promise.resolve(new Int32Array(1)) };
  await expect(labelVideo(short, video(5))).rejects.toThrow(ShapeError);
});
