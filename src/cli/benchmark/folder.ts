import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { runKey, RunResult } from "../../agents/benchmark/result.ts";
import { writeFileAtomically } from "../../core/atomic-file.ts";
import { CheckpointError, ConfigError } from "../../core/errors.ts";
import { differences } from "../differences.ts";
import { BenchmarkConfig } from "./config.ts";
import { Machine } from "../machine.ts";

const PLAN = "benchmark.json";
const RUNS = "runs.jsonl";

/** What `benchmark.json` says. A benchmark that was resumed elsewhere ran on several machines. */
const Plan = z.strictObject({ config: BenchmarkConfig, machines: z.array(Machine) });
type Plan = z.infer<typeof Plan>;

/** Opens the folder of a benchmark, new or to go on. @throws ConfigError for one that does not fit. */
export async function openFolder(
  out: string,
  config: BenchmarkConfig,
  machine: Machine,
  resume: boolean,
): Promise<Plan> {
  await mkdir(out, { recursive: true });
  const saved = await readPlan(out);
  if (saved === null) {
    const [first] = await readdir(out);
    if (resume) throw new ConfigError(`--resume: there must be a benchmark in ${out}, got none - leave --resume out`);
    if (first !== undefined) throw new ConfigError(`--out: must be new or empty, got ${out} with ${first} in it`);
  } else if (!resume) {
    throw new ConfigError(
      `--out: must hold no benchmark yet, got one in ${out} - add --resume, or choose another folder`,
    );
  } else expectSame(saved.config, config);
  const known = saved?.machines ?? [];
  const machines = known.some((one) => isDeepStrictEqual(one, machine)) ? known : [...known, machine];
  await writeFileAtomically(join(out, PLAN), `${JSON.stringify({ config, machines }, null, 2)}\n`);
  return { config, machines };
}

async function readPlan(out: string): Promise<Plan | null> {
  const path = join(out, PLAN);
  if (!existsSync(path)) return null;
  const parsed = Plan.safeParse(parseJson(await readFile(path, "utf8")));
  if (parsed.success) return parsed.data;
  throw new CheckpointError(`${path}: must describe a benchmark: ${z.prettifyError(parsed.error)}`);
}

/** More seeds and other agents go on with what is there; more tasks too; other budgets would not be comparable. */
function expectSame(saved: BenchmarkConfig, config: BenchmarkConfig): void {
  const fixed = ({ agents: _agents, seeds: _seeds, worlds: _worlds, ...rest }: BenchmarkConfig) => rest;
  const changes = differences(fixed(saved), fixed(config));
  if (changes.length === 0) return;
  throw new ConfigError(`--resume: the options must be what the benchmark began with, got ${changes.join(", ")}`);
}

/** The newest result of each run so far; a line that a crash cut short is no JSON, and is left out. */
export async function readResults(out: string): Promise<RunResult[]> {
  const path = join(out, RUNS);
  if (!existsSync(path)) return [];
  const lines = (await readFile(path, "utf8")).split("\n");
  const results = lines.flatMap((line) => {
    const parsed = RunResult.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });
  return [...new Map(results.map((result) => [runKey(result), result])).values()];
}

/** Adds a result to `runs.jsonl`, on a line of its own even where a crash cut the last one short. */
export async function appendResult(out: string, result: RunResult): Promise<void> {
  await using file = await open(join(out, RUNS), "a+");
  const { size } = await file.stat();
  const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: Math.max(0, size - 1) });
  const isCut = size > 0 && buffer.toString() !== "\n";
  await file.appendFile(`${isCut ? "\n" : ""}${JSON.stringify(result)}\n`);
  await file.datasync();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
