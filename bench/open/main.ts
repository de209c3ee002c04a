import { mkdtempSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";
import { median } from "../../src/cli/speed-report.ts";
import { createEngine } from "../../src/compute/create-engine.ts";
import type { Engine } from "../../src/compute/engine.ts";
import { traceStateful } from "../../src/compute/trace-stateful.ts";
import { GenieEnv } from "../../src/env/index.ts";
import { loadWorld } from "../../src/model/index.ts";
import { expectWords, runBench } from "../run.ts";
import type { Opened } from "./table.ts";

/*
 * What it takes until a bundled world has made its first step: `GenieEnv.load`, which imports what computes, `reset` and
 * `step`, each time in a process of its own. Of that, what tracing the graphs of one environment takes, and what opening
 * them with ONNX Runtime. The rival is a cache on disk: `stored` opens the same graphs, optimised and written down before.
 * Prints JSON in milliseconds, medians.
 *
 *   npm run bench:open
 */
const WORLDS = ["platformer", "supertux"];
const ROUNDS = 3;

async function milliseconds<T>(work: () => Promise<T>): Promise<[number, T]> {
  const began = performance.now();
  const result = await work();
  return [Math.round(performance.now() - began), result];
}

/** From `load` to the first step, in this process, which has not loaded anything that computes. */
async function measureFirst(world: string): Promise<void> {
  const before = process.cpuUsage();
  const [firstMs, env] = await milliseconds(async () => {
    const opened = await GenieEnv.load(world);
    await opened.reset({ seed: 0 });
    await opened.step(0);
    return opened;
  });
  const { user, system } = process.cpuUsage(before);
  env.close();
  console.log(JSON.stringify({ firstMs, processorMs: Math.round((user + system) / 1000) }));
}

type GraphTimes = Pick<Opened, "traceMs" | "openMs" | "storedMs">;

/** An engine that measures what it prepares, and adds it to `times`. */
function measuring(engine: Engine, folder: string, times: GraphTimes): Engine {
  let graphs = 0;
  const prepare: Engine["prepare"] = async (fn, options) => {
    const [trace, { bytes }] = await milliseconds(async () => traceStateful(fn, options));
    const path = join(folder, `${graphs++}.onnx`);
    const [open] = await milliseconds(() => ort.InferenceSession.create(bytes));
    await ort.InferenceSession.create(bytes, { optimizedModelFilePath: path, logSeverityLevel: 3 });
    const [stored] = await milliseconds(() =>
      ort.InferenceSession.create(path, { graphOptimizationLevel: "disabled" }),
    );
    times.traceMs += trace;
    times.openMs += open;
    times.storedMs += stored;
    return engine.prepare(fn, options);
  };
  return { ...engine, prepare };
}

/** The graphs of one environment, in this process. */
async function measureGraphs(name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "genie-env-open-"));
  const times: GraphTimes = { traceMs: 0, openMs: 0, storedMs: 0 };
  try {
    const world = await loadWorld(name, { engine: measuring(await createEngine("onnx"), folder, times), heads: false });
    await world.open(1);
    world.close();
    console.log(JSON.stringify(times));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Medians of what a process of its own prints, by name. */
function measureApart(what: string, world: string): Record<string, number> {
  const rounds = Array.from({ length: ROUNDS }, (): Record<string, number> => {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), what, world];
    const { stdout, status } = spawnSync(process.execPath, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) throw new Error(`${what} ${world}: the process ended with status ${status}`);
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
  });
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(rounds.map((round) => round[name] ?? Number.NaN))]));
}

await runBench(async (words) => {
  expectWords("bench:open", words, 2);
  const [what, world = "platformer"] = words;
  if (what === "first") return measureFirst(world);
  if (what === "graphs") return measureGraphs(world);
  expectWords("bench:open", words, 0);
  const opened = WORLDS.map((name) => ({
    world: name,
    ...measureApart("first", name),
    ...measureApart("graphs", name),
  }));
  console.log(JSON.stringify(opened, null, 2));
});
