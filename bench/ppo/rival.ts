import { execFile, spawn, type ChildProcessByStdio } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";

const run = promisify(execFile);

/** What all trainers share. */
export type RivalConfig = {
  readonly numEnvs: number;
  readonly numSteps: number;
  readonly numMinibatches: number;
  readonly updateEpochs: number;
  readonly learningRate: number;
  readonly gamma: number;
  readonly gaeLambda: number;
  readonly clipCoef: number;
  readonly entropyCoef: number;
  readonly valueCoef: number;
  readonly maxGradNorm: number;
  readonly hiddenSize: number;
  readonly threads: number;
  readonly seed: number;
};

/** What a training took. */
export const Trained = z.object({
  steps: z.number(),
  seconds: z.number(),
  processorSeconds: z.number(),
  meanReturn: z.number().nullable().describe("of the last episodes that ended"),
});
export type Trained = z.infer<typeof Trained>;

/** The two rivals: Stable-Baselines3, and a single file as CleanRL's. */
export const RIVALS = ["sb3", "single"] as const;
export type RivalName = (typeof RIVALS)[number];

/**
 * A Python that has what rival.py needs: that of the variable GENIE_BENCH_PYTHON, else one in a folder of its own that
 * later runs find again; null where that fails.
 */
export async function findRivals(): Promise<string | null> {
  const own = process.env["GENIE_BENCH_PYTHON"];
  const folder = join(tmpdir(), "genie-env-rivals");
  const python = own ?? join(folder, "bin", "python");
  const check = ["-c", "import torch, gymnasium, stable_baselines3"];
  try {
    if (own === undefined && !existsSync(python)) await run("python3", ["-m", "venv", folder]);
    const isThere = await run(python, check).catch(() => null);
    if (!isThere) await run(python, ["-m", "pip", "install", "--quiet", "torch", "stable-baselines3"]);
    await run(python, check);
    return python;
  } catch {
    return null;
  }
}

/** rival.py at work, which trains from the start when it is told to. */
export class Rival {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly versions: Readonly<Record<string, string>>;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    versions: Readonly<Record<string, string>>,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.versions = versions;
  }

  static async start(python: string, name: RivalName, config: RivalConfig): Promise<Rival> {
    const script = fileURLToPath(new URL("rival.py", import.meta.url));
    const child = spawn(python, [script, name, JSON.stringify(config)], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return new Rival(child, lines, z.record(z.string(), z.string()).parse(await nextJson(lines)));
  }

  async train(steps: number): Promise<Trained> {
    this.#child.stdin.write(`${steps}\n`);
    return Trained.parse(await nextJson(this.#lines));
  }

  close(): void {
    this.#child.stdin.end();
  }
}

async function nextJson(lines: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done) throw new Error("rival.py: it must answer, got its end - see its error above");
  return JSON.parse(value);
}
