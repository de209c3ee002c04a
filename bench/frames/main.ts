import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { integerOption } from "../../src/cli/options.ts";
import { startTraining } from "../../src/cli/speed-report.ts";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { STTransformerConfig } from "../../src/nn/st-transformer.ts";
import { expectWords, runBench } from "../run.ts";
import type { Cost, FramesReport } from "./table.ts";

/*
 * What a training step costs by the frames of a clip: an ST-transformer, and the same with attention over all tokens of all
 * frames so far (C-ViViT's). Prints JSON: processor time of a step in milliseconds, which other work on the machine hardly
 * changes, and the most memory that a process of its own was resident with, in megabytes.
 *
 *   npm run bench:frames
 */
const FRAMES = [2, 4, 8, 16, 32];
const TOKENS_PER_FRAME = 64;
const BLOCKS = { numBlocks: 4, modelDim: 128, numHeads: 4 };
const ATTENTIONS = ["space-time", "full"] as const;
type Attention = (typeof ATTENTIONS)[number];
const [WARM_UP, STEPS] = [2, 8];

/** Trains in this process, on one thread, and prints what it took. */
async function measure(attention: Attention, frames: number): Promise<void> {
  const clip = { batchSize: 1, numFrames: frames, tokensPerFrame: TOKENS_PER_FRAME };
  const config = STTransformerConfig.parse({ ...BLOCKS, attention });
  const { step, close } = await startTraining(onnxEngine({ threads: 1 }), config, clip);
  for (let i = 0; i < WARM_UP; i++) await step();
  const before = process.cpuUsage();
  for (let i = 0; i < STEPS; i++) await step();
  const { user, system } = process.cpuUsage(before);
  close();
  const processorMs = Number(((user + system) / 1000 / STEPS).toFixed(1));
  const cost: Cost = { frames, processorMs, peakMB: Math.round(process.resourceUsage().maxRSS / 1e3) };
  console.log(JSON.stringify(cost));
}

function parseAttention(given: string): Attention {
  const attention = ATTENTIONS.find((one) => one === given);
  if (attention !== undefined) return attention;
  throw new ConfigError(`bench:frames: attention must be one of ${ATTENTIONS.join(", ")}, got ${given}`);
}

function measureApart(attention: Attention, frames: number): Cost {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), attention, String(frames)];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`${attention}, ${frames} frames: the process ended with status ${status}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "null");
}

await runBench(async (words) => {
  expectWords("bench:frames", words, 2);
  const [given, frames = "2"] = words;
  if (given !== undefined) return measure(parseAttention(given), integerOption("frames", frames, 1));
  const report: FramesReport = {
    shape: `${TOKENS_PER_FRAME} tokens each, ${BLOCKS.numBlocks} blocks of width ${BLOCKS.modelDim}`,
    spaceTime: FRAMES.map((count) => measureApart("space-time", count)),
    full: FRAMES.map((count) => measureApart("full", count)),
  };
  console.log(JSON.stringify(report, null, 2));
});
