import { describe, expect, test } from "vitest";
import { sliceFrames, type Frames } from "../../src/core/frames.ts";
import { inferVideoActions } from "../../src/model/video-actions.ts";
import { noiseFrames, tinyGenie, tinyWorld } from "./tiny-genie.ts";

/** Tells of each transition which frames of the video it knows: the first byte of a frame is its number. */
function witness(numFrames: number) {
  const asked: number[][] = [];
  const world = {
    config: { ...tinyGenie().config, numFrames },
    inferActions: (clip: Frames) => {
      const numbers = Array.from({ length: clip.count }, (_, t) => clip.data[t * 3] ?? -1);
      asked.push(numbers);
      return Promise.resolve(Int32Array.from(numbers.slice(1), (number) => number));
    },
  };
  return { world, asked };
}

function numbered(count: number): Frames {
  return { data: Uint8Array.from({ length: count * 3 }, (_, i) => Math.floor(i / 3)), count, height: 1, width: 1 };
}

describe("the actions of a long video", () => {
  test.each([2, 3, 7, 8, 9, 12, 13, 40])("come in order, each transition once (%i frames)", async (count) => {
    const { world, asked } = witness(8);
    expect([...(await inferVideoActions(world, numbered(count)))]).toEqual([...Array(count).keys()].slice(1));
    for (const numbers of asked) expect(numbers).toHaveLength(8);
  });

  test("are told from half a stretch of past at least, and the last stretch is filled with its last frame", async () => {
    const { world, asked } = witness(4);
    await inferVideoActions(world, numbered(7));
    expect(asked).toEqual([
      [0, 1, 2, 3],
      [2, 3, 4, 5],
      [4, 5, 6, 6],
    ]);
  });

  test("are the model's own for a video as long as a clip of training", async () => {
    const world = tinyWorld(tinyGenie());
    try {
      const video = noiseFrames(4, 3);
      expect(await inferVideoActions(world, video)).toEqual(await world.inferActions(video));
      const short = sliceFrames(video, 0, 3);
      expect(await inferVideoActions(world, short)).toEqual(await world.inferActions(short));
    } finally {
      world.close();
    }
  });
});
