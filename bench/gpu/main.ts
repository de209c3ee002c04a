/*
 * Batched roll-outs and training on a GPU: frames a second at 1, 32, 256, 1024 and 4096 environments with pixels, with
 * tokens alone and unread, those of a training step, and memory, for the shape of `genie-env speed`. Needs no network. On a
 * software device (SwiftShader, lavapipe, the CPU itself) the shape is tiny, and only the tokens count. Prints JSON.
 *
 *   npm run bench:gpu -- --engine jax
 *   npm run bench:gpu -- --engine tensorflow
 *   npm run bench:gpu -- --engine webgpu
 *   npm run bench:gpu -- --engine onnx --provider webgpu|cuda|tensorrt
 *   npm run bench:gpu -- --engine webgpu --envs 1,32
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { GenieError } from "../../src/core/errors.ts";
import { runBench } from "../run.ts";
import { runCase, type Case } from "./cases.ts";
import { parseGpuOptions, type GpuOptions } from "./options.ts";
import { gpuReport } from "./report.ts";

const CASE = "GENIE_BENCH_CASE";
const LONGEST_MS = 600_000;

/** Runs a case in a process of its own. @throws GenieError when not even the engine starts. */
async function runApart({ engine, provider }: GpuOptions, given: Case): Promise<unknown> {
  const args = ["--engine", engine, ...(provider === undefined ? [] : ["--provider", provider])];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), ...args],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LONGEST_MS,
      // Otherwise TensorFlow takes all of a GPU's memory at once, and nobody sees what it needs.
      env: { TF_FORCE_GPU_ALLOW_GROWTH: "true", ...process.env, [CASE]: JSON.stringify(given) },
    },
  );
  if (status === 0) return JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1));
  const error =
    stderr
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^error: /, "") || `the process ended with status ${status}`;
  if (given.kind === "about") throw new GenieError(error);
  return { error };
}

async function main(words: readonly string[]): Promise<void> {
  const options = parseGpuOptions(words);
  const own = process.env[CASE];
  if (own === undefined) console.log(JSON.stringify(await gpuReport(options, runApart), null, 2));
  // On a line of its own: native libraries print too.
  else console.log(`\n${JSON.stringify(await runCase(options, JSON.parse(own)))}`);
}

await runBench(main);
