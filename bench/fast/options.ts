import { z } from "zod";
import { parseOptions } from "../../src/core/options.ts";
import { DIFFICULTIES } from "../../src/games/platformer/level.ts";
import { expectWords } from "../run.ts";

/** What is measured: recordings of this difficulty, and so many clips of them. */
const FastOptions = z.strictObject({
  difficulty: z.enum(DIFFICULTIES),
  clips: z.coerce.number().int().positive().default(64),
});
export type FastOptions = z.infer<typeof FastOptions>;

/** @throws ConfigError for a difficulty that there is not, and for less than one clip. */
export function parseFastOptions(words: readonly string[]): FastOptions {
  expectWords("bench:fast", words, 2);
  const [difficulty, clips] = words;
  return parseOptions(FastOptions, { difficulty, clips }, "bench:fast");
}
