import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";

const run = promisify(execFile);

const Speeds = z.record(z.string(), z.number());

/** Steps per second of processor time, by the form of the environment: "single", "wrapped", "batchOf64" and so on. */
export type Speeds = z.infer<typeof Speeds>;

/** A Python with Gymnasium, in a folder of its own that later runs find again; null where that fails. */
export async function findGymnasium(): Promise<string | null> {
  const folder = join(tmpdir(), "genie-env-gymnasium");
  const python = join(folder, "bin", "python");
  try {
    if (!existsSync(python)) await run("python3", ["-m", "venv", folder]);
    const isInstalled = await run(python, ["-c", "import gymnasium"]).catch(() => null);
    if (!isInstalled) await run(python, ["-m", "pip", "install", "--quiet", "gymnasium==1.4.0"]);
    return python;
  } catch {
    return null;
  }
}

/** Runs rival.py once: `steps` of a single environment, and more with each batch size. */
export async function rivalSpeeds(python: string, steps: number, batchSizes: readonly number[]): Promise<Speeds> {
  const script = fileURLToPath(new URL("rival.py", import.meta.url));
  const { stdout } = await run(python, [script, String(steps), ...batchSizes.map(String)]);
  return Speeds.parse(JSON.parse(stdout));
}
