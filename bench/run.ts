import { parseArgs } from "node:util";
import { reportError } from "../src/cli/report-error.ts";
import { ConfigError } from "../src/core/errors.ts";

/**
 * Runs a benchmark with the words behind its name. As with the command, what the user can mend is one line and exit
 * status 2.
 */
export async function runBench(work: (words: readonly string[]) => void | Promise<void>): Promise<void> {
  try {
    await work(process.argv.slice(2));
  } catch (error) {
    process.exitCode = reportError(error);
  }
}

/** @throws ConfigError for an option among the words of a benchmark that has none, and for more than `most` words. */
export function expectWords(name: string, words: readonly string[], most: number): void {
  const extra = words.find((word, i) => i >= most || word.startsWith("-"));
  if (extra === undefined) return;
  const rule = most === 0 ? "takes no options" : `takes no options, and no more words than ${most}`;
  throw new ConfigError(`${name}: ${rule}, got ${extra} - leave it out`);
}

/** The flags of a benchmark, each with a text behind it. @throws ConfigError for what is no flag of these. */
export function parseFlags<Name extends string>(
  name: string,
  words: readonly string[],
  flags: readonly Name[],
): Partial<Record<Name, string>> {
  const options = Object.fromEntries(flags.map((flag) => [flag, { type: "string" as const }]));
  try {
    return { ...parseArgs({ args: [...words], options }).values } as Partial<Record<Name, string>>;
  } catch (cause) {
    throw new ConfigError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
