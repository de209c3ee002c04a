import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { writeFileAtomically } from "../src/core/atomic-file.ts";
import { drawCurves, type LearningCurves } from "./curve-figure.ts";
import { keepMeasurement, ROOT } from "./measurement.ts";

/*
 * The learning curves of the main examples, as the documents show them: runs an example from several seeds, reads what it
 * prints, keeps it in docs/figures/curve-NAME.json and draws docs/curve-NAME.svg. `npm run docs:figures` then puts them into
 * the documents.
 *
 *   npm run docs:curves [-- NAMES [SEEDS]]     such as ppo-cartpole,ppo-genie 5
 *
 * On two cores about a minute for all seeds of ppo-cartpole (the default), seven for ppo-genie, half an hour for
 * bc-from-latent-actions.
 */

/** How an example is run and read. */
type Source = Omit<LearningCurves, "example" | "runs"> & {
  readonly args: readonly string[];
  /** A point of the curve: its step and its value. */
  readonly point: RegExp;
  /** What it came to. */
  readonly end: RegExp;
};

const SOURCES: Readonly<Record<string, Source>> = {
  "ppo-cartpole": {
    args: [],
    point: /^step (\d+) {2}return (\S+)/,
    end: /^mean return of \d+ episodes: (\S+)$/,
    x: "steps of all environments together",
    y: "episodic return",
    final: "Mean return of 100 episodes",
  },
  "ppo-genie": {
    args: [],
    point: /^step (\d+) {2}return (\S+)/,
    end: /^mean return of \d+ episodes: (\S+) /,
    x: "steps of all environments together",
    y: "episodic return (minus the way to the goal image)",
    final: "Mean return of 16 episodes",
  },
  "bc-from-latent-actions": {
    args: ["--world", "platformer"],
    point: /^step (\d+) {2}loss (\S+)/,
    end: /^solved (\d+) of /,
    x: "updates",
    y: "loss (nats)",
    final: "Solved of 100 unseen levels",
  },
};

type Run = LearningCurves["runs"][number];

/** One run of an example, as it prints it. */
async function runExample(name: string, { args, point, end }: Source, seed: number): Promise<Run> {
  const program = ["--import", "tsx", `examples/${name}.ts`, ...args, "--seed", String(seed)];
  const child = spawn(process.execPath, program, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const run = { seed, final: Number.NaN, steps: new Array<number>(), values: new Array<number>() };
  for await (const line of createInterface({ input: child.stdout })) {
    console.error(`${name}, seed ${seed}: ${line.slice(0, 100)}`);
    const [, step, value] = point.exec(line) ?? [];
    const [, final] = end.exec(line) ?? [];
    if (final !== undefined) run.final = Number(final);
    if (step === undefined) continue;
    run.steps.push(Number(step));
    run.values.push(Number(value));
  }
  const [status] = (await closed) as [number | null];
  if (status !== 0 || Number.isNaN(run.final))
    throw new Error(`${name}: must end with its result, got status ${status}`);
  return run;
}

const [names = "ppo-cartpole", numSeeds = "5"] = process.argv.slice(2);
for (const name of names.split(",")) {
  const source = SOURCES[name];
  if (source === undefined || !(Number(numSeeds) >= 1)) {
    console.error(`curves: names must be of ${Object.keys(SOURCES).join(", ")}, and seeds a number from 1 on`);
    process.exit(2);
  }
  const [load] = loadavg();
  const runs: Run[] = [];
  for (let seed = 1; seed <= Number(numSeeds); seed++) runs.push(await runExample(name, source, seed));
  const { x, y, final } = source;
  const curves: LearningCurves = { example: name, x, y, final, runs };
  await keepMeasurement(`curve-${name}`, {
    command: `npm run docs:curves -- ${name} ${numSeeds}`,
    load,
    result: curves,
  });
  await writeFileAtomically(join(ROOT, "docs", `curve-${name}.svg`), drawCurves(curves));
}
