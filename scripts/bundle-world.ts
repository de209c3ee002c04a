import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { writeFileAtomically } from "../src/core/atomic-file.ts";
import { exitStatus } from "../src/cli/report-error.ts";
import { ConfigError, DataError } from "../src/core/errors.ts";
import { sliceFrames, type Frames } from "../src/core/frames.ts";
import { videoNames } from "../src/data/build-clip-store.ts";
import { findRecordings } from "../src/cli/recordings.ts";
import { hashVideo } from "../src/data/video-hash.ts";
import { findVideos, readVideo } from "../src/data/video.ts";
import { writePng } from "../src/data/image.ts";
import { readWorld, saveWorld, type WorldConfig } from "../src/model/checkpoint.ts";
import { parseGenieConfig } from "../src/model/genie.ts";
import { readHeads, saveHeads } from "../src/model/heads-file.ts";
import { countVideos, provenanceOf, trainedOn, type Provenance } from "../src/model/provenance.ts";

/*
 * Copies what others need of a run, the world, into worlds/NAME, and draws its prompts from held-out video:
 * npm run bundle:world -- runs/platformer worlds/platformer --prompt level.mp4@12.5 --description "Video of …, CC BY 4.0"
 */

type BundleOptions = {
  readonly prompt: readonly string[];
  readonly description: string;
  readonly actions?: string;
  readonly sampling?: string;
  readonly recordings?: string;
};

await new Command("bundle-world")
  .argument("<run>", "folder of a run, or of a world")
  .argument("<world>", "folder to write, worlds/NAME")
  .requiredOption("--prompt <video@seconds...>", "frames of held-out videos to start from")
  .requiredOption("--description <text>", "where the video comes from, and under which licence")
  .option("--sampling <json>", 'how frames are sampled, found by evaluation, such as {"temperature":0.5}')
  .option("--recordings <dir>", "recordings that the run was trained on: named instead of each of their videos")
  .option("--actions <names>", "what each latent action does: names with commas, in order")
  .action(bundle)
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = exitStatus(error);
  });

async function bundle(run: string, folder: string, options: BundleOptions): Promise<void> {
  const { config, params } = await readWorld(run);
  const heads = await readHeads(run, { genie: config.genie, params });
  const prompts: Frames[] = [];
  for (const place of options.prompt) prompts.push(await readPromptFrame(place, config));
  const { format: _format, version: _version, files: _files, ...world } = config;
  const actionNames = options.actions?.split(",").map((name) => name.trim()) ?? config.actionNames;
  const name = basename(resolve(folder));
  const sampling = { ...world.genie.sampling, ...JSON.parse(options.sampling ?? "{}") };
  const genie = parseGenieConfig({ ...world.genie, sampling });
  const training = config.training && { ...config.training, ...(await compact(config.training, options.recordings)) };
  const { description } = options;
  await saveWorld(folder, { ...world, genie, name, description, actionNames, training }, params);
  if (heads !== null) await saveHeads(folder, heads, { world: { genie, params }, training: heads.training });
  for (const [i, prompt] of prompts.entries()) {
    await writePng(join(folder, i === 0 ? "prompt.png" : `prompt-${i + 1}.png`), prompt);
  }
  const readme = join(folder, "README.md");
  // Somebody may have written more into it.
  if (!existsSync(readme)) await writeFileAtomically(readme, describe(folder, options.description, config));
  console.log(`${folder}: ${prompts.length} prompts; see README.md in it, then: npm start -- --world ${folder}`);
}

/** The frame at `seconds` of a video that the world was not trained on, in the world's size. */
async function readPromptFrame(place: string, { genie, training }: WorldConfig): Promise<Frames> {
  const [, path = "", seconds = ""] = /^(.+)@(\d+(?:\.\d+)?)$/.exec(place) ?? [];
  if (path === "") throw new ConfigError(`--prompt: must be VIDEO@SECONDS, got ${place}`);
  const stem = resolve(path).replace(/\.[^./\\]+$/, "");
  const name = training?.videos.find((video) => stem.endsWith(`/${video}`)) ?? "";
  if (trainedOn(training)({ name, hash: await hashVideo(path) })) {
    throw new ConfigError(`--prompt: must be of a held-out video, got ${path} of the training`);
  }
  let left = Math.round(Number(seconds) * genie.fps);
  for await (const frames of readVideo(path, genie)) {
    if (left < frames.count) return sliceFrames(frames, left);
    left -= frames.count;
  }
  throw new DataError(`--prompt: ${path} must last ${seconds} s, got less`);
}

/** What the world remembers of its videos, as newer worlds do: of an older one, hashes are shortened and recordings named. */
async function compact(known: Provenance, folder: string | undefined): Promise<Provenance> {
  const { hashes, fingerprints, recordings, videos: names } = known;
  if (fingerprints !== undefined) return { videos: names, recordings, fingerprints };
  const videos = folder === undefined ? [] : await findVideos(folder);
  const found = await findRecordings(videos, videoNames(videos));
  return { hashes: undefined, ...provenanceOf({ names, hashes, recordings: found }) };
}

function describe(folder: string, description: string, { genie, training }: WorldConfig): string {
  const steps = Object.entries(training?.steps ?? {}).map(([stage, count]) => `${count} steps of ${stage}`);
  return `# ${basename(resolve(folder))}

${description}

Frames of ${genie.width}x${genie.height} at ${genie.fps} a second. Trained on ${training ? countVideos(training) : "?"} videos for
${training?.minutes ?? "?"} minutes: ${steps.join(", ")}. The prompt pictures are of videos that it was not trained on.

What it is: \`genie-env info --world ${folder}\`. What each latent action does:
\`genie-env actions --world ${folder} --prompt prompt.png\`. How good it is, on videos that it was not shown:
\`genie-env eval --world ${folder} --videos VIDEOS --seed 0\`.
`;
}
