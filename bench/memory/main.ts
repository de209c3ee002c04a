import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { integerOption } from "../../src/cli/options.ts";
import { startPlay } from "../../src/cli/play-loop.ts";
import { speedWorld } from "../../src/cli/speed-report.ts";
import { createEngine } from "../../src/compute/create-engine.ts";
import { loadWorld } from "../../src/model/load-world.ts";
import { estimateMemory } from "../../src/model/memory.ts";
import { expectWords, runBench } from "../run.ts";

/*
 * The memory that environments really take, beside what `estimateMemory` says: resident bytes of a process of its own after
 * three steps, pixels to pixels. Prints JSON in megabytes; `ratio` is real over estimated.
 *
 *   npm run bench:memory
 *   npm run bench:memory platformer 64     # one case alone
 */
const CASES: readonly (readonly [world: string, numEnvs: number])[] = [
  ["speed", 1],
  ["speed", 16],
  ["speed", 64],
  ["supertux", 1],
  ["supertux", 64],
  ["platformer", 1],
  ["platformer", 64],
];
const STEPS = 3;

/** Plays in this process and prints what it takes. */
async function measure(name: string, numEnvs: number): Promise<void> {
  const engine = await createEngine("onnx");
  const world = name === "speed" ? speedWorld(engine) : await loadWorld(name, { engine, heads: false });
  const play = await startPlay(world, numEnvs);
  for (let step = 0; step < STEPS; step++) await play.step();
  const real = process.memoryUsage().rss;
  const estimated = estimateMemory(world.config, numEnvs, engine.shardsFor?.(numEnvs)).total;
  const ratio = Number((real / estimated).toFixed(2));
  console.log(JSON.stringify({ world: name, numEnvs, real: megabytes(real), estimated: megabytes(estimated), ratio }));
  world.close();
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function measureApart([name, numEnvs]: (typeof CASES)[number]): unknown {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), name, String(numEnvs)];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`${name} with ${numEnvs} environments ended with status ${status}`);
  return JSON.parse(stdout);
}

await runBench(async (words) => {
  expectWords("bench:memory", words, 2);
  const [only, numEnvs = "1"] = words;
  if (only === undefined) console.log(JSON.stringify(CASES.map(measureApart), null, 2));
  else await measure(only, integerOption("num-envs", numEnvs, 1));
});
