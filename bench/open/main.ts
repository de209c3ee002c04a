/*
 * What it costs to open a bundled world: tracing its graphs and opening them with ONNX Runtime, for one environment. Prints
 * JSON in milliseconds. The rival is a cache on disk: `stored` opens the same graph, optimised and written down before. The
 * second time in a process the session is there already, and only tracing is left.
 *
 *   npm run bench:open
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { createEngine } from "../../src/compute/create-engine.ts";
import type { Engine } from "../../src/compute/engine.ts";
import { traceStateful } from "../../src/compute/onnx-engine.ts";
import { loadWorld } from "../../src/model/index.ts";

const WORLD = "supertux";

async function milliseconds<T>(work: () => Promise<T>): Promise<[number, T]> {
  const began = performance.now();
  const result = await work();
  return [Math.round(performance.now() - began), result];
}

/** An engine that measures what it prepares. */
function measuring(engine: Engine, folder: string): { engine: Engine; graphs: object[] } {
  const graphs: object[] = [];
  const prepare: Engine["prepare"] = async (fn, options) => {
    const [trace, { bytes }] = await milliseconds(async () => traceStateful(fn, options));
    const path = join(folder, `${graphs.length}.onnx`);
    const [open] = await milliseconds(() => ort.InferenceSession.create(bytes));
    await ort.InferenceSession.create(bytes, { optimizedModelFilePath: path, logSeverityLevel: 3 });
    const [stored] = await milliseconds(() =>
      ort.InferenceSession.create(path, { graphOptimizationLevel: "disabled" }),
    );
    graphs.push({ name: options.name, megabytes: Number((bytes.length / 1e6).toFixed(1)), trace, open, stored });
    return engine.prepare(fn, options);
  };
  return { engine: { ...engine, prepare }, graphs };
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "genie-env-open-"));
  try {
    const engine = await createEngine("onnx");
    const world = await loadWorld(WORLD, { engine });
    const [first] = await milliseconds(() => world.open(1));
    const [second] = await milliseconds(() => world.open(1));
    world.close();
    const measured = measuring(engine, folder);
    const again = await loadWorld(WORLD, { engine: measured.engine });
    await again.open(1);
    again.close();
    console.log(JSON.stringify({ world: WORLD, first, second, graphs: measured.graphs }, null, 2));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
