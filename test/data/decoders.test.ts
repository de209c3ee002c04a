import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { BackendError, DataError } from "../../src/core/errors.ts";
import { concatFrames, type Frames } from "../../src/core/frames.ts";
import { readVideo } from "../../src/data/video.ts";
import { temporaryFolder } from "./pictures.ts";

const options = { height: 2, width: 3, fps: 10, decoder: "ffmpeg" } as const;

/** Puts an `ffmpeg` on PATH that runs this program of Node. */
function fakeFFmpeg(program: string): void {
  const folder = temporaryFolder();
  const path = join(folder, "ffmpeg");
  writeFileSync(path, `#!${process.execPath}\n${program}\n`);
  chmodSync(path, 0o755);
  vi.stubEnv("PATH", folder + delimiter + (process.env["PATH"] ?? ""));
}

async function readAll(path: string): Promise<Frames> {
  const parts = [];
  for await (const frames of readVideo(path, options)) parts.push(frames);
  return concatFrames(parts);
}

describe.skipIf(process.platform === "win32")("an ffmpeg on PATH", () => {
  test("is told the rate and the size, and its bytes become frames", async () => {
    fakeFFmpeg(`
      const filters = process.argv[process.argv.indexOf("-vf") + 1];
      if (filters !== "fps=10,scale=3:2:flags=area,format=rgb24") process.exit(1);
      process.stdout.write(Buffer.from(Array.from({ length: 5 * 18 + 7 }, (_, i) => i)));
    `);
    const frames = await readAll("a.mp4");
    expect(frames.count).toBe(5);
    expect([...frames.data]).toEqual(Array.from({ length: 90 }, (_, i) => i));
    vi.unstubAllEnvs();
  });

  test("its complaint is in the error", async () => {
    fakeFFmpeg(`process.stderr.write("moov atom not found"); process.exitCode = 1;`);
    await expect(readAll("a.mp4")).rejects.toThrow(/a\.mp4.*moov atom not found/);
    await expect(readAll("a.mp4")).rejects.toThrow(DataError);
    vi.unstubAllEnvs();
  });

  test("its absence is a BackendError", async () => {
    vi.stubEnv("PATH", temporaryFolder());
    await expect(readAll("a.mp4")).rejects.toThrow(BackendError);
    vi.unstubAllEnvs();
  });
});
