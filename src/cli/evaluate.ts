import { ConfigError, DataError } from "../core/errors.ts";
import { createProgress } from "../core/progress.ts";
import { Rng } from "../core/rng.ts";
import { videoNames } from "../data/build-clip-store.ts";
import { hashVideos } from "../data/video-hash.ts";
import { findVideos } from "../data/video.ts";
import { readWorldConfig, type WorldConfig } from "../model/checkpoint.ts";
import { evaluateWorld, type Evaluation, type EvaluationClip } from "../model/evaluation.ts";
import { findWorld } from "../model/find-world.ts";
import { loadWorld, type LoadWorldOptions } from "../model/load-world.ts";
import { trainedOn } from "../model/provenance.ts";
import { parseChanges } from "./changes.ts";
import { chooseClips } from "./evaluation-clips.ts";
import { integerOption } from "./options.ts";

/** Options of `genie-env eval`. */
export type EvaluateCommand = {
  readonly world: string;
  readonly videos: string;
  readonly json?: boolean;
  readonly clips?: string;
  readonly seed?: string;
  readonly engine?: string;
  /** Names of the videos to measure on, with commas. */
  readonly only?: string;
  /** `sampling.option=json` in place of the world's own. */
  readonly set?: readonly string[];
};

const DEFAULT_CLIPS = "64";

/**
 * Measures a world on the videos of a folder that it was not trained on, and prints what came out.
 * @throws ConfigError for options that break a rule, DataError when there is no such video.
 */
export async function evaluate({ videos, json, engine, ...command }: EvaluateCommand): Promise<void> {
  const seed = integerOption("seed", command.seed ?? "0");
  const count = integerOption("clips", command.clips ?? DEFAULT_CLIPS, 1);
  const folder = findWorld(command.world);
  const config = await readWorldConfig(folder);
  const { sampling } = parseChanges(command.set ?? [], ["sampling"]);
  const unseen = chosen(await unseenVideos(videos, config), command.only);
  const clips = await chooseClips(unseen, config.genie, count, new Rng(seed).split("clips"));
  const result = await measure(folder, clips, { seed, engine, sampling });
  console.log(json ? JSON.stringify(result, null, 2) : format(result, { unseen: unseen.length, clips: clips.length }));
}

/** The videos that the world was not trained on: by content, or for a world that does not record it by name. */
async function unseenVideos(folder: string, { name, training }: WorldConfig): Promise<string[]> {
  const videos = await findVideos(folder);
  const names = videoNames(videos);
  const hashes = await hashVideos(videos);
  const isSeen = trainedOn(training);
  const unseen = videos.filter((_, i) => !isSeen({ name: names[i] ?? "", hash: hashes[i] ?? "" }));
  if (unseen.length > 0) return unseen;
  throw new DataError(
    `eval: ${folder} must hold videos that ${name} was not trained on, got ${videos.length} that it was - give others`,
  );
}

function chosen(videos: readonly string[], only: string | undefined): readonly string[] {
  if (only === undefined) return videos;
  const names = videoNames(videos);
  return only.split(",").map((name) => {
    const video = videos[names.indexOf(name)];
    if (video !== undefined) return video;
    throw new ConfigError(`--only: must name videos that the world was not trained on, got ${name}`);
  });
}

async function measure(
  folder: string,
  clips: readonly EvaluationClip[],
  { seed, engine, sampling }: { readonly seed: number } & LoadWorldOptions,
): Promise<Evaluation> {
  const world = await loadWorld(folder, { engine, sampling });
  using progress = createProgress({ total: clips.length, label: "evaluating" });
  try {
    return await evaluateWorld(world, clips, { seed, onProgress: (done) => progress.update(done) });
  } finally {
    world.close();
  }
}

function format(
  { tokenizer, rollout, control, actions, frames }: Evaluation,
  counts: { unseen: number; clips: number },
): string {
  const db = (value: number) => `${value.toFixed(2)} dB`;
  const nmi =
    actions.nmi === null ? "no keys known" : `${actions.nmi.toFixed(3)} (chance: ${actions.nmiShuffled?.toFixed(3)})`;
  return [
    `${counts.clips} clips of ${counts.unseen} videos that the world was not trained on, ${frames} predicted frames`,
    `tokenizer           PSNR ${db(tokenizer.psnr)}, SSIM ${tokenizer.ssim.toFixed(3)}`,
    `roll-out, 1 frame   PSNR ${db(rollout.psnr)}, SSIM ${rollout.ssim.toFixed(3)}`,
    `roll-out, 4 frames  PSNR ${db(rollout.psnr4)}, SSIM ${rollout.ssim4.toFixed(3)}`,
    `last frame repeated PSNR ${db(rollout.copyPsnr)}, SSIM ${rollout.copySsim.toFixed(3)}`,
    `control at t = 4    ${db(control.deltaPsnr4)} [${control.ci95.map((bound) => bound.toFixed(2)).join(", ")}]`,
    `latent actions      ${actions.used} used, perplexity ${actions.perplexity.toFixed(2)}, NMI with keys ${nmi}`,
  ].join("\n");
}
