import { join } from "node:path";
import { z } from "zod";
import { createEngine } from "../../compute/create-engine.ts";
import { writeFileAtomically } from "../../core/atomic-file.ts";
import { parseOptions } from "../../core/options.ts";
import { createProgress } from "../../core/progress.ts";
import { findWorld } from "../../model/find-world.ts";
import { loadWorld } from "../../model/load-world.ts";
import { writeChart } from "../charts/write-chart.ts";
import { merge, parseChanges } from "../changes.ts";
import { madeHere } from "../machine.ts";
import { INTERRUPTED, untilSignal } from "../until-signal.ts";
import { runBC, type BCFindings } from "./bc-experiment.ts";
import { BCPlan, BCResult, cellsOf, LabelQuality, type BCPlanOptions } from "./bc-plan.ts";
import { figure, markdownTable, summarise } from "./bc-report.ts";
import { openResults, resultsPath } from "./results-file.ts";

/** Options of `genie-env reproduce bc`, as the command line gives them. */
export type ReproduceBCOptions = Omit<BCPlanOptions, "labeler" | "minutes" | "policy" | "deterministic"> & {
  readonly world: string;
  /** In place of a world: the true actions renamed, a share of them wrong. */
  readonly renamed?: number;
  readonly minutes?: number;
  readonly deterministic?: boolean;
  readonly set?: readonly string[];
  readonly out: string;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly engine?: string;
};

/** Those that clones are published with: unlikely actions are rarer than the policy draws them. */
const POLICY_DEFAULTS = { temperature: 0.5 };

const File = z.strictObject({
  format: z.literal("genie-env-reproduce-bc"),
  version: z.literal(1),
  plan: BCPlan,
  quality: z.array(LabelQuality),
  results: z.array(BCResult),
  summary: z.array(z.unknown()).describe("made anew from the results each time"),
});

/**
 * Behavioural cloning from latent actions against its oracle (Genie, figure 15): writes `results.json`, `table.md`,
 * `figure-easy.svg` and the like after every agent, and prints the table.
 * @throws ConfigError for an option that breaks a rule, a folder that is in use, or a run that began otherwise.
 */
export async function reproduceBC(options: ReproduceBCOptions): Promise<void> {
  const plan = planOf(options);
  const madeBy = await madeHere();
  // Looked for before --out is made: a wrong name leaves no folder behind.
  const folder = plan.labeler.kind === "world" ? findWorld(plan.labeler.world) : null;
  const known: BCFindings = (await openResults(options, File, plan, ["difficulties", "labels", "maps", "seeds"])) ?? {
    results: [],
    quality: [],
  };
  const world = folder === null ? null : await loadWorld(folder, options);
  const total = cellsOf(plan).length;
  using progress = createProgress({ total, start: known.results.length, label: "agents" });
  let findings = known;
  try {
    findings = await untilSignal(async (signal) => {
      const setup = {
        engine: await createEngine(options.engine),
        labeler: world,
        folder: join(options.out, "agents"),
        madeBy,
        signal,
        onProgress: (what: string, done: number, of: number) =>
          progress.update(findings.results.length, { now: `${what} ${done}/${of}` }),
      };
      for await (const next of runBC(plan, known, setup)) {
        findings = next;
        await writeFindings(options.out, plan, findings);
      }
      return findings;
    });
  } finally {
    world?.close();
    progress.finish();
  }
  const { results, quality } = findings;
  console.log(
    options.json ? JSON.stringify({ quality, summary: summarise(results) }, null, 2) : markdownTable(results, quality),
  );
  if (results.length === total) return;
  console.error(`${results.length} of ${total} agents: stopped - go on with --resume`);
  process.exitCode = INTERRUPTED;
}

function planOf({ world, renamed, minutes, deterministic = false, set, ...options }: ReproduceBCOptions): BCPlan {
  const { out: _out, resume: _resume, json: _json, engine: _engine, ...chosen } = options;
  const { policy } = merge({ policy: POLICY_DEFAULTS }, parseChanges(set ?? [], ["policy"]));
  const labeler = renamed === undefined ? { kind: "world", world } : { kind: "renamed", noise: renamed };
  return parseOptions(BCPlan, { ...chosen, labeler, minutes: minutes ?? null, deterministic, policy }, "reproduce bc");
}

async function writeFindings(out: string, plan: BCPlan, { results, quality }: BCFindings): Promise<void> {
  const summary = summarise(results);
  const file = { format: "genie-env-reproduce-bc", version: 1, plan, quality, results, summary };
  await writeFileAtomically(resultsPath(out), `${JSON.stringify(file, null, 2)}\n`);
  await writeFileAtomically(join(out, "table.md"), markdownTable(results, quality));
  for (const difficulty of new Set(results.map((result) => result.difficulty))) {
    await writeChart(join(out, `figure-${difficulty}`), figure(summary, difficulty, plan.labels));
  }
}
