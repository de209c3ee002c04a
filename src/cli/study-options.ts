import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { writeFileAtomically } from "../core/atomic-file.ts";
import { ConfigError, DataError } from "../core/errors.ts";

const Options = z.record(z.string(), z.unknown());
type Options = z.infer<typeof Options>;

/**
 * Notes in a file of its folder what a study began with that goes on over several calls, and refuses to mix other options
 * into it. A study without such a file takes those that it is given.
 * options: plain data by the names of the command's options, as `testVideos`; those that are undefined count as left out.
 * @throws ConfigError when one is not what the study began with; DataError when the file is damaged.
 */
export async function expectSameStudy(path: string, options: Options): Promise<void> {
  const given = Options.parse(JSON.parse(JSON.stringify(options)));
  if (!existsSync(path)) return writeFileAtomically(path, `${JSON.stringify(given, null, 2)}\n`);
  const began = await readOptions(path);
  const other = Object.keys({ ...began, ...given }).find((key) => !isDeepStrictEqual(began[key], given[key]));
  if (other === undefined) return;
  throw new ConfigError(
    `--${flagOf(other)}: must be what the study in ${dirname(path)} began with, ${tell(began[other])}, ` +
      `got ${tell(given[other])} - choose another --out`,
  );
}

async function readOptions(path: string): Promise<Options> {
  try {
    return Options.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    throw new DataError(`${path}: must hold a study's options, got ${String(error)} - choose another --out`, {
      cause: error,
    });
  }
}

function flagOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function tell(value: unknown): string {
  if (value === undefined) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
