import { execFileSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { counted } from "../src/core/counted.ts";
import { writeFileAtomically } from "../src/core/atomic-file.ts";

/** What was measured, by which command, where and when. */
export const Measurement = z.strictObject({
  command: z.string(),
  machine: z.string(),
  date: z.string(),
  revision: z.string(),
  /** Processes that wanted a core when it began: more than the machine has means that it was shared. */
  load: z.number().optional(),
  result: z.unknown(),
});
export type Measurement = z.infer<typeof Measurement>;

/** The repository. */
export const ROOT = join(import.meta.dirname, "..");
/** Where measurements are kept, each in NAME.json. */
export const FIGURES = join(ROOT, "docs", "figures");

/** Keeps what was measured here and today under a name. `load`: before the command made load of its own. */
export async function keepMeasurement(
  name: string,
  { command, load, result }: Pick<Measurement, "command" | "load" | "result">,
): Promise<Measurement> {
  const measurement: Measurement = {
    command,
    machine: `${counted(availableParallelism(), "core")} of ${cpus()[0]?.model ?? "an unknown CPU"}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    revision: execFileSync("git", ["-C", ROOT, "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    load: Number((load ?? 0).toFixed(1)),
    result,
  };
  await writeFileAtomically(join(FIGURES, `${name}.json`), `${JSON.stringify(measurement, null, 2)}\n`);
  return measurement;
}

/** What paths stand for, by the option before them. */
const PLACES: Readonly<Record<string, string>> = { "--out": "OUT", "--videos": "VIDEOS" };

/** A command as documents show it: where things lie is nobody's business but the machine's. */
export function withoutPlaces(command: readonly string[]): string {
  const isPlace = (part: string) => part.startsWith("/") || part.startsWith("..");
  return command.map((part, i) => (isPlace(part) ? (PLACES[command[i - 1] ?? ""] ?? "PATH") : part)).join(" ");
}
