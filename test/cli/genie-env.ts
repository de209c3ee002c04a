import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../../bin/genie-env.mjs", import.meta.url));
const excerpt = fileURLToPath(new URL("../fixtures/supertux-excerpt.mp4", import.meta.url));

/** What a run of the command left behind. */
export type Outcome = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the command to its end. */
export function genieEnv(...args: readonly string[]): Outcome {
  return spawnSync(process.execPath, [launcher, ...args], { encoding: "utf8" });
}

/** Starts the command; its standard streams are the caller's. */
export function startGenieEnv(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [launcher, ...args], { stdio: "pipe" });
}

/** A folder of videos: three seconds of a game under each of these names, which makes the files differ. */
export function videoFolder(folder: string, ...names: readonly string[]): string {
  mkdirSync(folder, { recursive: true });
  const video = readFileSync(excerpt);
  for (const name of names) writeFileSync(join(folder, `${name}.mp4`), Buffer.concat([video, freeBox(name)]));
  return folder;
}

/** A box that players of MP4 skip: its size in bytes, `free`, and any text. */
function freeBox(text: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(8 + Buffer.byteLength(text));
  return Buffer.concat([size, Buffer.from(`free${text}`)]);
}

/** Every file below a folder and its bytes, to see that nothing changed. */
export function snapshot(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map(({ parentPath, name }) => [join(parentPath, name), readText(join(parentPath, name))]));
}

function readText(path: string): string {
  return readFileSync(path, "latin1");
}
