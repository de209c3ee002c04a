import { z } from "zod";
import { GPU_PLAN, SOFTWARE_PLAN, type Case, type PlayOutput } from "./cases.ts";
import type { GpuOptions } from "./options.ts";
import { Outcome, type GpuReport } from "./table.ts";

const About = z.object({
  device: z.object({ name: z.string(), isSoftware: z.boolean() }),
  sameTokens: z.number(),
  tokens: z.number(),
});
/** Runs one case and returns what it found, or `{ error }`. */
export type Runner = (options: GpuOptions, given: Case) => Promise<unknown>;

/** The whole table of an engine. */
export async function gpuReport(options: GpuOptions, run: Runner): Promise<GpuReport> {
  const { device, sameTokens, tokens } = About.parse(await run(options, { kind: "about" }));
  const { isSoftware } = device;
  const outcome = async (given: Case) => Outcome.parse(await run(options, given));
  const played = (numEnvs: number, output: PlayOutput) => outcome({ kind: "play", numEnvs, output, isSoftware });
  const play: GpuReport["play"] = [];
  for (const numEnvs of options.envs ?? (isSoftware ? SOFTWARE_PLAN : GPU_PLAN).numEnvs) {
    play.push({
      numEnvs,
      pixels: await played(numEnvs, "pixels"),
      tokens: await played(numEnvs, "tokens"),
      none: await played(numEnvs, "none"),
    });
  }
  return {
    engine: options.engine,
    provider: options.provider ?? null,
    device: device.name,
    isSoftware,
    shape: isSoftware
      ? "tiny, for correctness only: a software device says nothing of speed"
      : "that of genie-env speed",
    sameTokens,
    tokens,
    play,
    train: await outcome({ kind: "train", isSoftware }),
  };
}
