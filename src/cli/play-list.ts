import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { DIFFICULTIES } from "../games/platformer/level.ts";
import { FPS, TRAINING_LEVELS } from "../games/platformer/platformer-env.ts";
import { PLAYERS } from "../games/platformer/players.ts";
import { GAMES } from "./common-options.ts";

const Levels = z
  .tuple([z.int().nonnegative(), z.int().nonnegative()])
  .refine(([from, to]) => from <= to, "the first level must not exceed the last")
  .refine(([, to]) => to <= TRAINING_LEVELS[1], {
    error: ({ input }) => `must be training levels, ${TRAINING_LEVELS.join("..")}, got ${JSON.stringify(input)}`,
  });

/** A recording to play again, as its `recording.json` or a world's `world.json` describes it. */
const PlayedRecording = z.strictObject({
  folder: z
    .string()
    .regex(/^$|^[^/\\,]+(\/[^/\\,]+)*$/, "must be names with slashes between, or nothing")
    .default("")
    .describe("what the names of its episodes begin with: where its videos would lie"),
  env: z.enum(GAMES),
  player: z.enum(PLAYERS),
  difficulty: z.enum(DIFFICULTIES),
  levels: Levels.describe("the first and the last level"),
  seed: z.int(),
  frames: z.int().positive().describe("of all episodes together"),
  videos: z.unknown().optional().describe("what world.json says besides; not used"),
  fps: z.literal(FPS).optional().describe("frames a second, which are the game's"),
  actions: z.unknown().optional().describe("what recording.json says besides; not used"),
});
export type PlayedRecording = z.infer<typeof PlayedRecording>;

const PlayList = z
  .array(PlayedRecording)
  .min(1, "must hold a recording")
  .refine(haveFoldersOfTheirOwn, "each recording must have a folder of its own");

/**
 * The recordings that a file lists.
 * @throws ConfigError when it is no list of recordings of training levels.
 */
export async function readPlayList(path: string): Promise<readonly PlayedRecording[]> {
  return parseOptions(PlayList, await readJson(path), `--play: ${path} must list recordings`);
}

function haveFoldersOfTheirOwn(recordings: readonly { readonly folder: string }[]): boolean {
  return new Set(recordings.map(({ folder }) => folder)).size === recordings.length;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new ConfigError(`--play: must be a JSON file of recordings, got ${path} (${String(error)})`, {
      cause: error,
    });
  }
}
