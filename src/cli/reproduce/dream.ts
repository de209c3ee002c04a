import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { createEngine } from "../../compute/create-engine.ts";
import { writeFileAtomically } from "../../core/atomic-file.ts";
import { CheckpointError, ConfigError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import { createProgress } from "../../core/progress.ts";
import { findWorld } from "../../model/find-world.ts";
import { loadWorld } from "../../model/load-world.ts";
import { merge, parseChanges } from "../changes.ts";
import { writeChart } from "../charts/write-chart.ts";
import { makeEmptyFolder } from "../empty-folder.ts";
import { untilSignal } from "../until-signal.ts";
import { runDream } from "./dream-experiment.ts";
import { DREAMERS, DreamPlan, DreamResult, type DreamPlanOptions } from "./dream-plan.ts";
import { learningCurves, markdownTable, summarise } from "./dream-report.ts";

/** Options of `genie-env reproduce dream`, as the command line gives them. */
export type ReproduceDreamOptions = Omit<DreamPlanOptions, "ppo" | "tuning"> & {
  readonly set?: readonly string[];
  readonly out: string;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly engine?: string;
};

/** Short dreams of few environments, where rewards are rare. */
const PPO_DEFAULTS = { numSteps: 32, gamma: 0.97, entropyCoef: 0.01, updateEpochs: 4, learningRate: 5e-4 };
/** Small steps: a clone knows most already, and its critic nothing. */
const TUNING_DEFAULTS = { ...PPO_DEFAULTS, learningRate: 1e-4, entropyCoef: 0, targetKl: 0.02, valueCoef: 0.25 };

const File = z.strictObject({
  format: z.literal("genie-env-reproduce-dream"),
  version: z.literal(1),
  plan: DreamPlan,
  results: z.array(DreamResult),
  summary: z.array(z.unknown()).describe("made anew from the results each time"),
});

/**
 * PPO in a world's dream, put to the test in the real game: writes `results.json`, `table.md` and `curves.svg` after
 * every agent, and prints the table.
 * @throws ConfigError for an option that breaks a rule, a folder that is in use, a world without heads, or a run that
 * began otherwise.
 */
export async function reproduceDream(options: ReproduceDreamOptions): Promise<void> {
  const plan = planOf(options);
  const world = await loadWorld(findWorld(plan.world), options);
  try {
    if (world.heads === undefined) {
      throw new ConfigError(
        `--world: must have reward heads, got ${plan.world} without - train them (genie-env train-heads)`,
      );
    }
    const known = await openRun(options, plan);
    const total = DREAMERS.length * plan.seeds;
    using progress = createProgress({ total, start: known.length, label: "agents" });
    let results = known;
    await untilSignal(async (signal) => {
      const engine = await createEngine(options.engine);
      const onProgress = (what: string, done: number, of: number) =>
        progress.update(results.length, { now: `${what} ${done}/${of}` });
      for await (const next of runDream(plan, known, { world, engine, signal, onProgress })) {
        results = next;
        await writeFindings(options.out, plan, results);
      }
    });
    progress.finish();
    console.log(
      options.json ? JSON.stringify({ plan, summary: summarise(results) }, null, 2) : markdownTable(plan, results),
    );
    if (results.length < total) console.log(`${results.length} of ${total} agents: stopped - go on with --resume`);
  } finally {
    world.close();
  }
}

function planOf({ set, ...options }: ReproduceDreamOptions): DreamPlan {
  const { out: _out, resume: _resume, json: _json, engine: _engine, ...chosen } = options;
  const { ppo, tuning } = merge(
    { ppo: PPO_DEFAULTS, tuning: TUNING_DEFAULTS },
    parseChanges(set ?? [], ["ppo", "tuning"]),
  );
  return parseOptions(DreamPlan, { ...chosen, ppo, tuning }, "reproduce dream");
}

/** What the folder already holds of this run. */
async function openRun({ out, resume }: ReproduceDreamOptions, plan: DreamPlan): Promise<readonly DreamResult[]> {
  const path = join(out, "results.json");
  if (resume !== true || !existsSync(path)) {
    if (resume !== true) await makeEmptyFolder(out);
    return [];
  }
  const file = parseFile(await readFile(path, "utf8"), path);
  const [began, asked] = [JSON.stringify(file.plan), JSON.stringify(plan)];
  if (began === asked) return file.results;
  throw new ConfigError(`--resume: the plan must be what the run began with, ${began}, got ${asked}`);
}

function parseFile(text: string, path: string): z.infer<typeof File> {
  try {
    return File.parse(JSON.parse(text));
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new CheckpointError(`${path}: must hold the results of a run, got ${problem}`, { cause });
  }
}

async function writeFindings(out: string, plan: DreamPlan, results: readonly DreamResult[]): Promise<void> {
  const file = { format: "genie-env-reproduce-dream", version: 1, plan, results, summary: summarise(results) };
  await writeFileAtomically(join(out, "results.json"), `${JSON.stringify(file, null, 2)}\n`);
  await writeFileAtomically(join(out, "table.md"), markdownTable(plan, results));
  const curves = learningCurves(results);
  if (curves !== null) await writeChart(join(out, "curves"), curves);
}
