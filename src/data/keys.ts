import { readFile } from "node:fs/promises";
import { z } from "zod";
import { DataError } from "../core/errors.ts";

const KeyLine = z.strictObject({
  frame: z.int().nonnegative(),
  keys: z.array(z.string().min(1)),
  action: z.int().nonnegative().optional().describe("number of the action that these keys are"),
  reward: z.number().optional().describe("what the step to the next frame paid"),
  terminated: z.boolean().optional().describe("whether that step ended the task"),
  truncated: z.boolean().optional().describe("whether that step was the last for another reason"),
});

/** A line beside a video: the keys held from a frame to the next, and what is known of that step. */
export type KeyLine = z.infer<typeof KeyLine>;

/** The path of the keys beside a video: the same name, ending in `.jsonl`. */
export function keysPath(video: string): string {
  return video.replace(/\.[^./\\]+$/, "") + ".jsonl";
}

/**
 * The keys held from each frame to the next, as recorded beside a video. For measuring only: training learns from video
 * alone.
 * @throws DataError that names the file and the line.
 */
export async function readKeys(path: string): Promise<ReadonlySet<string>[]> {
  return (await readKeyLines(path)).map(({ keys }) => new Set(keys));
}

/**
 * All that was recorded beside a video: line i reads `{"frame": i, "keys": ["jump", "right"]}`, and may say more of the
 * step that follows frame i.
 * @throws DataError that names the file and the line.
 */
export async function readKeyLines(path: string): Promise<KeyLine[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new DataError(`readKeys: ${path} cannot be read (${String(error)})`, { cause: error });
  });
  return text
    .trimEnd()
    .split("\n")
    .map((line, i) => parseLine(line, i, `${path}:${i + 1}`));
}

function parseLine(line: string, frame: number, where: string): KeyLine {
  const parsed = KeyLine.safeParse(parseJson(line, where));
  if (!parsed.success) throw new DataError(`readKeys: ${where} is malformed\n${z.prettifyError(parsed.error)}`);
  if (parsed.data.frame === frame) return parsed.data;
  throw new DataError(`readKeys: ${where} must be frame ${frame}, got ${parsed.data.frame} - lines count from frame 0`);
}

function parseJson(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new DataError(`readKeys: ${where} must be JSON, got ${line.slice(0, 80)}`, { cause: error });
  }
}
