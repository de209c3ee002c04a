import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DataError } from "../../src/core/errors.ts";
import { hashVideo } from "../../src/data/video-hash.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "genie-env-hash-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder of pictures of these sizes, and a file that is no picture. */
function pictures(name: string, ...sizes: readonly number[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [i, size] of sizes.entries()) writeFileSync(join(path, `${i}.png`), new Uint8Array(size));
  writeFileSync(join(path, "notes.txt"), name);
  return path;
}

test("a file's hash is the SHA-256 of its bytes, under any name", async () => {
  const bytes = new Uint8Array(200_000).map((_, i) => i % 251);
  const [one, other] = [join(folder, "one.mp4"), join(folder, "other.gif")];
  writeFileSync(one, bytes);
  writeFileSync(other, bytes);
  expect(await hashVideo(one)).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(await hashVideo(other)).toBe(await hashVideo(one));
  writeFileSync(other, bytes.fill(1, 0, 1));
  expect(await hashVideo(other)).not.toBe(await hashVideo(one));
});

test("a folder's hash is that of its pictures' names and sizes", async () => {
  const one = pictures("one", 10, 20);
  const copy = join(folder, "copy");
  cpSync(one, copy, { recursive: true });
  writeFileSync(join(copy, "notes.txt"), "another note");
  expect(await hashVideo(copy)).toBe(await hashVideo(one));
  expect(await hashVideo(pictures("swapped", 20, 10))).not.toBe(await hashVideo(one));
  expect(await hashVideo(pictures("shorter", 10))).not.toBe(await hashVideo(one));
});

test("a video that is not there is named", async () => {
  await expect(hashVideo(join(folder, "none.mp4"))).rejects.toThrow(DataError);
  await expect(hashVideo(join(folder, "none.mp4"))).rejects.toThrow(/none\.mp4 cannot be read/);
});
