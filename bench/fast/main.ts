import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HeldOutVideos } from "../../src/cli/evaluation-clips.ts";
import { startPlay } from "../../src/cli/play-loop.ts";
import { medianSeconds } from "../../src/cli/speed-report.ts";
import { Rng } from "../../src/core/rng.ts";
import { findVideos } from "../../src/data/video.ts";
import { mean } from "../../src/metrics/mean.ts";
import { readWorldConfig, type WorldConfig } from "../../src/model/checkpoint.ts";
import { evaluateWorld, type EvaluationClip } from "../../src/model/evaluation.ts";
import { findWorld } from "../../src/model/find-world.ts";
import { loadWorld } from "../../src/model/load-world.ts";
import { runBench } from "../run.ts";
import { parseFastOptions, type FastOptions } from "./options.ts";

/*
 * What the means to more speed cost in the bundled platformer, and what they bring: products in 8-bit integers, and fewer
 * refinement steps (the 8 of `genie-env speed`, the 4 of `speed --fast`, and the world's own), each alone and both, on
 * recordings of test levels that are made anew each time by the same command.
 *
 *   npm run measure -- fast-easy npm run -s bench:fast easy
 *   npm run bench:fast -- hard 16          # fewer clips than 64
 */
const RECORDING = ["--player", "mixed", "--levels", "1000000..1000999", "--frames", "12000", "--seed", "4"];
const NUM_ENVS = [1, 32];
const REPEATS = 9;

const folder = findWorld("platformer");

async function recordClips({ difficulty, clips }: FastOptions, config: WorldConfig): Promise<EvaluationClip[]> {
  const base = mkdtempSync(join(tmpdir(), "genie-env-fast-"));
  try {
    const videos = join(base, difficulty);
    const bin = join(import.meta.dirname, "..", "..", "bin", "genie-env.mjs");
    const record = ["record", "--env", "Platformer-v0", ...RECORDING, "--difficulty", difficulty, "--out", videos];
    execFileSync(process.execPath, [bin, ...record], { stdio: ["ignore", 2, 2] });
    await using held = await HeldOutVideos.open(await findVideos(videos), config.genie);
    return await held.clips(clips, new Rng(0).split("clips"));
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

async function measure(precision: string, sampledSteps: number, clips: EvaluationClip[]) {
  const world = await loadWorld(folder, { precision, sampling: { steps: sampledSteps }, heads: false });
  const { numFrames } = world.config;
  try {
    const { rollout, control } = await evaluateWorld(world, clips, { seed: 0 });
    const fps: Record<string, number> = {};
    for (const numEnvs of NUM_ENVS) {
      const play = await startPlay(world, numEnvs);
      fps[numEnvs] = numEnvs / (await medianSeconds(play.step, REPEATS, numFrames));
      play.close();
    }
    const { psnr, ssim } = rollout;
    return { precision, steps: sampledSteps, psnr, ssim, deltaPsnr4: control.deltaPsnr4, ci95: control.ci95, fps };
  } finally {
    world.close();
  }
}

/** The share of tokens that differ from those at their places in the frame before: what skipping the others would leave. */
async function changedTokens(clips: readonly EvaluationClip[]): Promise<number> {
  const world = await loadWorld(folder, { heads: false });
  try {
    const shares: number[] = [];
    for (const { frames } of clips) {
      const tokens = await world.tokenize(frames);
      const perFrame = tokens.length / frames.count;
      const later = tokens.subarray(perFrame);
      shares.push(mean(Array.from(later, (token, i) => Number(token !== tokens[i]))));
    }
    return mean(shares);
  } finally {
    world.close();
  }
}

async function main(words: readonly string[]): Promise<void> {
  const options = parseFastOptions(words);
  const config = await readWorldConfig(folder);
  const clips = await recordClips(options, config);
  const means = [];
  for (const sampledSteps of new Set([8, 4, config.genie.sampling.steps])) {
    for (const precision of ["float32", "int8"]) means.push(await measure(precision, sampledSteps, clips));
  }
  console.log(JSON.stringify({ means, changedTokens: await changedTokens(clips) }, null, 2));
}

await runBench(main);
