import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CheckpointError, ConfigError } from "../../core/errors.ts";
import { differences } from "../differences.ts";
import { makeEmptyFolder } from "../empty-folder.ts";

/** Where an experiment keeps its results, and whether it goes on from them. */
export type ResultsFolder = { readonly out: string; readonly resume?: boolean };

/** The file in it. */
export const resultsPath = (out: string): string => join(out, "results.json");

/**
 * What `--out` holds of an experiment of this plan; null when it begins, in a folder that is new or empty. A run may go on with more
 * of the settings in `growing`: a number that is larger, a list that holds all it held.
 * @throws ConfigError for a folder in use, or a run that began with another plan; CheckpointError for a damaged file.
 */
export async function openResults<T extends { readonly plan: object }>(
  { out, resume }: ResultsFolder,
  schema: z.ZodType<T>,
  plan: T["plan"],
  growing: readonly (keyof T["plan"])[],
): Promise<T | null> {
  const path = resultsPath(out);
  if (resume !== true) await makeEmptyFolder(out);
  if (resume !== true || !existsSync(path)) return null;
  const file = parseFile(await readFile(path, "utf8"), schema, path);
  const began: T["plan"] = file.plan;
  const grown = growing.filter((name) => holdsAll(plan[name], began[name]));
  const changes = differences({ ...began, ...Object.fromEntries(grown.map((name) => [name, plan[name]])) }, plan);
  if (changes.length === 0) return file;
  throw new ConfigError(`--resume: the plan must be what the run began with, got ${changes.join(", ")}`);
}

function holdsAll(now: unknown, before: unknown): boolean {
  if (typeof now === "number" && typeof before === "number") return now >= before;
  return Array.isArray(now) && Array.isArray(before) && before.every((value) => now.includes(value));
}

function parseFile<T>(text: string, schema: z.ZodType<T>, path: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new CheckpointError(`${path}: must hold the results of a run, got ${problem}`, { cause });
  }
}
