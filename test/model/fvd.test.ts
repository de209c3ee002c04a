import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { BackendError, DataError, ShapeError } from "../../src/core/errors.ts";
import { sliceFrames, type Frames } from "../../src/core/frames.ts";
import { frechetDistance } from "../../src/metrics/frechet.ts";
import { videoDistance } from "../../src/model/fvd.ts";
import { writeMeanNetwork } from "./mean-network.ts";
import { noiseFrames } from "./tiny-genie.ts";

const folder = mkdtempSync(join(tmpdir(), "genie-env-fvd-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const network = (name: string, ...rest: Rest): string => writeMeanNetwork(join(folder, `${name}.onnx`), ...rest);
type Rest = Parameters<typeof writeMeanNetwork> extends [string, ...infer Others] ? Others : never;

const real = [noiseFrames(9, 0), noiseFrames(8, 1)];
const predicted = [noiseFrames(9, 2), noiseFrames(9, 3)];

/** The mean of each channel of each frame of clips of 4 frames, in [-1, 1], in the order [T, 3]. */
function channelMeans(videos: readonly Frames[]): number[][] {
  const clips = videos.flatMap((video) => [sliceFrames(video, 0, 4), sliceFrames(video, 4, 4)]);
  return clips.map((clip) =>
    Array.from({ length: 12 }, (_, i) => {
      const { data } = sliceFrames(clip, Math.floor(i / 3));
      const channel = data.filter((_, at) => at % 3 === i % 3);
      return channel.reduce((sum, value) => sum + value / 127.5 - 1, 0) / channel.length;
    }),
  );
}

test("clips go through the network as it wants them, channels last or first", async () => {
  const wanted = frechetDistance(channelMeans(real), channelMeans(predicted));
  const last = await videoDistance(network("last", [1, 4, 16, 16, 3], [2, 3]), real, predicted);
  const first = await videoDistance(network("first", [1, 3, 4, 16, 16], [3, 4]), real, predicted);
  expect(last).toEqual({ value: expect.closeTo(wanted, 5), clips: 4, frames: 4, features: 12 });
  // In another order, features are as far apart.
  expect(first.value).toBeCloseTo(wanted, 5);
});

test("frames are resized, and the same videos are no distance apart", async () => {
  const file = network("large", [1, 4, 24, 20, 3], [2, 3]);
  expect((await videoDistance(file, real, real)).value).toBeCloseTo(0, 6);
});

test("refuses what is no such network, and videos that are too short", async () => {
  writeFileSync(join(folder, "text.onnx"), "no network");
  await expect(videoDistance(join(folder, "text.onnx"), real, predicted)).rejects.toThrow(BackendError);
  await expect(videoDistance(join(folder, "missing.onnx"), real, predicted)).rejects.toThrow(BackendError);
  await expect(videoDistance(network("flat", [1, 16, 16, 3], [2, 3]), real, predicted)).rejects.toThrow(ShapeError);
  await expect(videoDistance(network("pairs", [2, 4, 16, 16, 3], [2, 3]), real, predicted)).rejects.toThrow(ShapeError);
  await expect(videoDistance(network("ints", [1, 4, 16, 16, 3], [2], "int32"), real, predicted)).rejects.toThrow(
    ShapeError,
  );
  const long = network("long", [1, 10, 16, 16, 3], [2, 3]);
  await expect(videoDistance(long, real, predicted)).rejects.toThrow(DataError);
});
