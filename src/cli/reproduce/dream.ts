import { join } from "node:path";
import { z } from "zod";
import { expectMinibatches } from "../../agents/ppo-options.ts";
import { createEngine } from "../../compute/create-engine.ts";
import { writeFileAtomically } from "../../core/atomic-file.ts";
import { ConfigError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import { createProgress } from "../../core/progress.ts";
import { findWorld } from "../../model/find-world.ts";
import { loadWorld } from "../../model/load-world.ts";
import { merge, parseChanges } from "../changes.ts";
import { writeChart } from "../charts/write-chart.ts";
import { madeHere } from "../machine.ts";
import { INTERRUPTED, untilSignal } from "../until-signal.ts";
import { runDream } from "./dream-experiment.ts";
import { DREAMERS, DreamPlan, DreamResult, type DreamPlanOptions } from "./dream-plan.ts";
import { learningCurves, markdownTable, summarise } from "./dream-report.ts";
import { openResults, resultsPath } from "./results-file.ts";

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
/**
 * A clone knows most already, and its critic nothing: that learns alone for a quarter of the steps, and never teaches the
 * encoder, or the clone forgets (of its 76 levels 61 were left although no reward had moved it). The actor stays near the
 * clone.
 */
const TUNING_DEFAULTS = {
  ...PPO_DEFAULTS,
  learningRate: 1e-4,
  entropyCoef: 0,
  targetKl: 0.02,
  anchorCoef: 2,
  criticEncoder: "own",
};

const File = z.strictObject({
  format: z.literal("genie-env-reproduce-dream"),
  version: z.literal(2),
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
  const madeBy = await madeHere();
  const world = await loadWorld(findWorld(plan.world), options);
  try {
    if (world.heads === undefined) {
      throw new ConfigError(
        `--world: must have reward heads, got ${plan.world} without - train them (genie-env train-heads)`,
      );
    }
    const known = (await openResults(options, File, plan, ["seeds"]))?.results ?? [];
    const total = DREAMERS.length * plan.seeds;
    using progress = createProgress({ total, start: known.length, label: "agents" });
    let results: readonly DreamResult[] = known;
    await untilSignal(async (signal) => {
      const engine = await createEngine(options.engine);
      const folder = join(options.out, "agents");
      const onProgress = (what: string, done: number, of: number) =>
        progress.update(results.length, { now: `${what} ${done}/${of}` });
      for await (const next of runDream(plan, known, { world, engine, folder, madeBy, signal, onProgress })) {
        results = next;
        await writeFindings(options.out, plan, results);
      }
    });
    progress.finish();
    console.log(
      options.json ? JSON.stringify({ plan, summary: summarise(results) }, null, 2) : markdownTable(plan, results),
    );
    if (results.length === total) return;
    console.error(`${results.length} of ${total} agents: stopped - go on with --resume`);
    process.exitCode = INTERRUPTED;
  } finally {
    world.close();
  }
}

function planOf({ set, ...options }: ReproduceDreamOptions): DreamPlan {
  const { out: _out, resume: _resume, json: _json, engine: _engine, ...chosen } = options;
  const { ppo, tuning } = merge(
    { ppo: PPO_DEFAULTS, tuning: { ...TUNING_DEFAULTS, criticWarmup: Math.floor(options.dreamSteps / 4) } },
    parseChanges(set ?? [], ["ppo", "tuning"]),
  );
  const plan = parseOptions(DreamPlan, { ...chosen, ppo, tuning }, "reproduce dream");
  for (const name of ["ppo", "tuning"] as const) expectMinibatches(plan[name], plan.numEnvs, `--set ${name}`);
  return plan;
}

async function writeFindings(out: string, plan: DreamPlan, results: readonly DreamResult[]): Promise<void> {
  const file = { format: "genie-env-reproduce-dream", version: 2, plan, results, summary: summarise(results) };
  await writeFileAtomically(resultsPath(out), `${JSON.stringify(file, null, 2)}\n`);
  await writeFileAtomically(join(out, "table.md"), markdownTable(plan, results));
  const curves = learningCurves(results);
  if (curves !== null) await writeChart(join(out, "curves"), curves);
}
