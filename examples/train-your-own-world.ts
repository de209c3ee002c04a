/**
 * From a folder of videos to an environment: reads the clips, learns a tokenizer, latent actions and the dynamics
 * (Genie, https://arxiv.org/abs/2402.15391, section 2), writes the world, and steps it. `genie-env train` does the same
 * with progress, resume and sample pictures; this is what it is made of.
 *
 *   npx tsx examples/train-your-own-world.ts --videos clips/ --out runs/mine [--steps 2000] [--preset small] [--seed 0]
 *
 * Prints the seed, the configuration, the losses, and at the end how the world answers each latent action.
 */
import { basename, join } from "node:path";
import { z } from "zod";
import { parseCommandLine } from "genie-env";
import { GenieEnv } from "genie-env/env";
import { buildClipStore, ClipStore, findVideos, readVideo, videoNames, type Frames } from "genie-env/model";
import { CurationConfig, parseGenieConfig, PRESETS, trainGenie, TrainingConfig } from "genie-env/model";

const Args = z.strictObject({
  videos: z.string().describe("a folder of video files"),
  out: z.string().describe("the folder of the run and its world"),
  preset: z.enum(["tiny", "small"]).default("small").describe("sizes of the model"),
  steps: z.coerce.number().int().positive().default(2000).describe("updates of each of the two stages"),
  fps: z.coerce.number().positive().default(10).describe("frames a second that the world runs at"),
  seed: z.coerce.number().int().nonnegative().default(0),
});

const { videos: folder, out, preset, steps, fps, seed } = parseCommandLine(Args);

// The model: a preset and what we change about it.
const genie = parseGenieConfig({ ...PRESETS[preset].genie, fps });
const config = TrainingConfig.parse({ ...PRESETS[preset].training, steps: [steps, steps] });
const curation = CurationConfig.parse({ minFrames: genie.numFrames });
console.log(`seed ${seed}, ${JSON.stringify(genie)}`);

// The videos, as clips of the world's size.
const videos = await findVideos(folder);
const clips = join(out, "clips");
const { height, width } = genie;
await buildClipStore(clips, videos, { height, width, fps, ...curation });
const training = videoNames(videos);

// The tokenizer first, then latent actions and dynamics together; control-C saves and stops.
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const { position } = await trainGenie({
  folder: out,
  clips: await ClipStore.open(clips),
  training,
  heldOut: [],
  genie,
  config,
  curation,
  name: basename(out),
  preset,
  seed,
  resume: false,
  signal: stop.signal,
});
if (position.stage !== "done") process.exit(130);

// The world, played: each latent action from the first frame of a video.
await using env = await GenieEnv.load(out);
let first: Frames | null = null;
for await (const frames of readVideo(videos[0] ?? "", { height, width, fps })) {
  first ??= { ...frames, count: 1, data: frames.data.slice(0, height * width * 3) };
}
if (first === null) throw new TypeError("a video holds a frame");
for (let action = 0; action < env.actionSpace.n; action++) {
  const [before] = await env.reset({ seed, options: { image: first } });
  const [after] = await env.step(action);
  const change = after.reduce((sum, value, i) => sum + Math.abs(value - Number(before[i])), 0) / after.length;
  console.log(`action ${action} changes a pixel by ${change.toFixed(2)} of 255`);
}
