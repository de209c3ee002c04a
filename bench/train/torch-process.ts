import { execFile, spawn, type ChildProcessByStdio } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import type { HostTensors } from "../../src/core/host-tensor.ts";

const run = promisify(execFile);
const Hello = z.object({ torch: z.string() });
const Answer = z.object({ seconds: z.array(z.number()), loss: z.number() });

/** The times of some steps in seconds, and the loss of the last. */
export type Timed = z.infer<typeof Answer>;

/** What step.py is told beside its tensors. */
export type TorchConfig = {
  readonly numBlocks: number;
  readonly numHeads: number;
  readonly learningRate: number;
  readonly threads: number;
};

/** A Python with the newest PyTorch, in a folder of its own that later runs find again; null where that fails. */
export async function findTorch(): Promise<string | null> {
  const folder = join(tmpdir(), "genie-env-torch");
  const python = join(folder, "bin", "python");
  try {
    if (!existsSync(python)) await run("python3", ["-m", "venv", folder]);
    const hasTorch = await run(python, ["-c", "import torch, numpy"]).catch(() => null);
    if (!hasTorch) await run(python, ["-m", "pip", "install", "--quiet", "torch", "numpy"]);
    await run(python, ["-c", "import torch, numpy"]);
    return python;
  } catch {
    return null;
  }
}

/** step.py at work, which trains when it is told to. */
export class TorchProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  readonly #folder: string;
  readonly version: string;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    reader: Interface,
    lines: AsyncIterator<string>,
    { folder, version }: { folder: string; version: string },
  ) {
    this.#child = child;
    this.#reader = reader;
    this.#lines = lines;
    this.#folder = folder;
    this.version = version;
  }

  /** Starts a process on copies of these tensors: parameters first, then `x` and `target`. */
  static async start(python: string, tensors: HostTensors, config: TorchConfig): Promise<TorchProcess> {
    const folder = await mkdtemp(join(tmpdir(), "genie-env-step-"));
    const [data, description] = [join(folder, "tensors.f32"), join(folder, "config.json")];
    const entries = Object.entries(tensors).map(([name, { shape }]) => [name, shape]);
    const bytes = Object.values(tensors).map((x) => Buffer.from(x.data.buffer, x.data.byteOffset, x.data.byteLength));
    await writeFile(data, Buffer.concat(bytes));
    await writeFile(description, JSON.stringify({ ...config, tensors: entries }));
    const script = fileURLToPath(new URL("step.py", import.meta.url));
    const child = spawn(python, [script, data, description], { stdio: ["pipe", "pipe", "inherit"] });
    const reader = createInterface({ input: child.stdout });
    const lines = reader[Symbol.asyncIterator]();
    const { torch: version } = Hello.parse(await nextJson(lines));
    return new TorchProcess(child, reader, lines, { folder, version });
  }

  /** Trains for this many steps. */
  async train(steps: number): Promise<Timed> {
    this.#child.stdin.write(`${steps}\n`);
    return Answer.parse(await nextJson(this.#lines));
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    this.#reader.close();
    await rm(this.#folder, { recursive: true });
  }
}

async function nextJson(lines: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done) throw new Error("step.py: it must answer, got its end - see its error above");
  return JSON.parse(value);
}
