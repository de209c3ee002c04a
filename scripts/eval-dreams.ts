import { parseArgs } from "node:util";
import type { RecordedEpisode } from "../src/cli/recorded-episodes.ts";
import { ConfigError, GenieError } from "../src/core/errors.ts";
import { sliceFrames, type Frames } from "../src/core/frames.ts";
import { Rng } from "../src/core/rng.ts";
import { DIFFICULTIES } from "../src/games/platformer/level.ts";
import { mean } from "../src/metrics/mean.ts";
import { CONTEXT, rollOut } from "../src/model/evaluation.ts";
import type { GenieWorld } from "../src/model/genie-world.ts";
import { findWorld } from "../src/model/find-world.ts";
import { loadWorld } from "../src/model/index.ts";
import { recordEpisodes } from "./record-episodes.ts";

/*
 * What a dream of the Platformer loses: how often the hero and the coin are seen in dreamt frames, of those frames of the
 * game in which they are seen, on levels that nothing is trained on. Dreams begin from four frames and follow the latent
 * actions of the game's own frames:
 *   npm run measure -- dreams-easy npm run -s eval:dreams easy
 *   npm run eval:dreams -- hard --world runs/mine --steps 8
 */
const [ROWS, HERO_FRAMES, COIN_FRAMES] = [16, 30, 7];
/** Pixels that belong to one thing only, and how many of them show it. Video blurs colours, so they have room. */
const THINGS = {
  hero: { isOf: (r: number, g: number, b: number) => r > 180 && g < 90 && b < 90, least: 4 },
  coin: { isOf: (r: number, g: number, b: number) => r > 230 && g > 170 && b < 90, least: 6 },
} as const;
type Thing = keyof typeof THINGS;

function shows(thing: Thing, frames: Frames, t: number): boolean {
  const { isOf, least } = THINGS[thing];
  const { data } = sliceFrames(frames, t);
  let count = 0;
  for (let i = 0; i < data.length; i += 3) count += Number(isOf(data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0));
  return count >= least;
}

/** Of the frames of the game that show a thing, the share of dreamt ones that do: first, and of all; and in frames that show none. */
async function kept(world: GenieWorld, thing: Thing, clips: readonly Frames[], seed: number) {
  const length = (clips[0]?.count ?? 0) - CONTEXT;
  const actions: Int32Array[] = [];
  for (const clip of clips) actions.push((await world.inferActions(clip)).slice(CONTEXT - 1));
  const prompts = clips.map((clip) => sliceFrames(clip, 0, CONTEXT));
  const session = await world.open(clips.length);
  const dreams = await rollOut(session, world, prompts, actions, new Rng(seed));
  session.close();
  const pairs = clips.flatMap((clip, row) =>
    Array.from({ length }, (_, t) => ({
      t: t + 1,
      real: shows(thing, clip, CONTEXT + t),
      dreamt: shows(thing, dreams[row] ?? clip, t + 1),
    })),
  );
  const share = (some: readonly { readonly dreamt: boolean }[]) => mean(some.map(({ dreamt }) => Number(dreamt)));
  const real = pairs.filter((pair) => pair.real);
  return {
    dreams: clips.length,
    frames: length,
    first: share(real.filter(({ t }) => t === 1)),
    kept: share(real),
    late: share(real.filter(({ t }) => t > length * (2 / 3))),
    invented: share(pairs.filter((pair) => !pair.real)),
  };
}

/** The last frames before the coin, which is in sight when a dream begins: it comes into view ten frames before. */
function beforeCoins(episodes: readonly RecordedEpisode[]): Frames[] {
  const count = CONTEXT + COIN_FRAMES;
  const found = episodes.filter(({ rewards }) => (rewards.at(-1) ?? 0) > 0 && rewards.length >= count);
  return found.slice(0, ROWS).map(({ frames, rewards }) => sliceFrames(frames, rewards.length - count, count));
}

/** The middle of each episode. */
function middles(episodes: readonly RecordedEpisode[]): Frames[] {
  const count = CONTEXT + HERO_FRAMES;
  const found = episodes.filter(({ frames }) => frames.count > count);
  return found.slice(0, ROWS).map(({ frames }) => sliceFrames(frames, (frames.count - count) >> 1, count));
}

function readOptions() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      world: { type: "string", default: "platformer" },
      steps: { type: "string" },
      temperature: { type: "string" },
      unmask: { type: "string" },
    },
  });
  const difficulty = DIFFICULTIES.find((known) => known === positionals[0]);
  if (difficulty === undefined) {
    throw new ConfigError(`must be one of ${DIFFICULTIES.join(", ")}, got ${positionals[0] ?? "nothing"}`);
  }
  const { world, steps, temperature, unmask } = values;
  const sampling = {
    ...(steps === undefined ? {} : { steps: Number(steps) }),
    ...(temperature === undefined ? {} : { temperature: Number(temperature) }),
    ...(unmask === undefined ? {} : { unmask }),
  };
  return { difficulty, world, sampling };
}

try {
  const { difficulty, world: name, sampling } = readOptions();
  const world = await loadWorld(findWorld(name), { sampling });
  const episodes = await recordEpisodes("expert", difficulty, 5);
  const hero = await kept(world, "hero", middles(episodes), 0);
  const coin = await kept(world, "coin", beforeCoins(episodes), 1);
  console.log(JSON.stringify({ difficulty, hero, coin }));
  world.close();
} catch (error) {
  // What a user can mend is told in a line, as the command does.
  if (!(error instanceof GenieError || error instanceof TypeError)) throw error;
  console.error(`eval:dreams: ${error.message}`);
  process.exit(2);
}
