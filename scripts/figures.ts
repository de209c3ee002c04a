import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { changedLine, fastRows } from "../bench/fast/table.ts";
import { framesRows } from "../bench/frames/table.ts";
import { memoryRows } from "../bench/memory/table.ts";
import { openRows } from "../bench/open/table.ts";
import { gpuRows } from "../bench/gpu/table.ts";
import { trainRows } from "../bench/train/table.ts";
import { ABLATION_NAMES, AblationResult, ablationTable } from "../src/cli/ablations.ts";
import { ScalingReport, scalingTable } from "../src/cli/scaling-report.ts";
import { bcTable } from "../src/cli/reproduce/bc-report.ts";
import { DreamPlan } from "../src/cli/reproduce/dream-plan.ts";
import { dreamTable, type DreamSummary } from "../src/cli/reproduce/dream-report.ts";
import { counted } from "../src/core/counted.ts";
import { writeFileAtomically } from "../src/core/atomic-file.ts";
import { BCRun } from "./bc-run.ts";
import { benchmarkLines } from "./benchmark-figure.ts";
import { drawFigures } from "./drawn-figures.ts";
import { profileTable, table } from "./profile-table.ts";
import { curveLines } from "./curve-figure.ts";
import { FIGURES, Measurement, ROOT } from "./measurement.ts";
import { platformerRows } from "./platformer-figure.ts";

export { FIGURES } from "./measurement.ts";

/*
 * Puts measured figures into the documents: npm run docs:figures
 *
 * A command's JSON is kept in docs/figures/NAME.json as { command, machine, date, result } (scripts/measure.ts writes it),
 * and is shown between `<!-- figures NAME -->` and `<!-- /figures -->`. No figure is typed in by hand; a test checks that
 * the documents show what the files say.
 */

const DOCUMENTS = [
  "README.md",
  ...readdirSync(join(ROOT, "docs")).flatMap((file) => (file.endsWith(".md") ? [join("docs", file)] : [])),
];

const Quality = z.object({ psnr: z.number(), ssim: z.number() });
const Nullable = z.number().nullable().default(null);
const Score = z.object({ averagePrecision: z.number(), positives: z.number(), steps: z.number() }).nullable();
const Evaluation = z.object({
  tokenizer: Quality,
  rollout: Quality.extend({ copyPsnr: z.number(), copySsim: z.number(), psnr4: z.number(), ssim4: z.number() }),
  control: z.object({ deltaPsnr4: z.number(), ci95: z.tuple([z.number(), z.number()]) }),
  actions: z.object({
    used: z.number(),
    perplexity: z.number(),
    nmi: z.number().nullable(),
    nmiShuffled: z.number().nullable(),
    // Worlds were measured before these were.
    effectAccuracy: Nullable,
    effectCi95: z.tuple([z.number(), z.number()]).nullable().default(null),
    effectConstant: Nullable,
    effectNmi: Nullable,
    effectNmiShuffled: Nullable,
    effectSteps: z.number().default(0),
    effectVideos: z.number().default(0),
  }),
  drift: z
    .object({
      ratio: z.number(),
      ci95: z.tuple([z.number(), z.number()]).nullable().default(null),
      rollOuts: z.number(),
    })
    .nullable()
    .default(null),
  heads: z.object({ reward: Score, end: Score }).nullable().default(null),
  frames: z.number(),
});
type Evaluation = z.infer<typeof Evaluation>;
const Speed = z.object({
  rollout: z.array(z.object({ numEnvs: z.number(), fps: z.number(), gflops: z.number() })),
  train: z.object({ fps: z.number(), gflops: z.number() }),
  peakGflops: z.number(),
  engine: z.string(),
  // Machines were measured before there was a choice.
  precision: z.string().default("float32"),
  steps: z.number().default(8),
});

const two = (value: number) => value.toFixed(2);
const three = (value: number | null) => (value === null ? "unknown" : value.toFixed(3));

function evaluationTable(result: unknown): string[] {
  const evaluation = Evaluation.parse(result);
  const { tokenizer, rollout, control, actions, frames } = evaluation;
  return table(
    [`${frames} predicted frames of held-out levels`, "PSNR (dB)", "SSIM"],
    [
      ["tokenizer (encode, decode)", two(tokenizer.psnr), three(tokenizer.ssim)],
      ["10-frame roll-out from one frame, inferred actions", two(rollout.psnr), three(rollout.ssim)],
      ["10-frame roll-out from four frames, inferred actions", two(rollout.psnr4), three(rollout.ssim4)],
      ["repeating the last frame (through the tokenizer)", two(rollout.copyPsnr), three(rollout.copySsim)],
      [`ΔPSNR at t = 4 [95 % interval]`, `${two(control.deltaPsnr4)} [${control.ci95.map(two).join(", ")}]`, ""],
      [`latent actions: ${actions.used} used, perplexity ${two(actions.perplexity)}`, "", ""],
      [`mutual information with the keys (by chance)`, `${three(actions.nmi)} (${three(actions.nmiShuffled)})`, ""],
      ...truthRows(evaluation),
    ],
  );
}

/** What only some evaluations know: true actions, long roll-outs, heads. */
function truthRows({ actions, drift, heads }: Evaluation): string[][] {
  const rows: string[][] = [];
  const { effectAccuracy, effectCi95, effectConstant, effectNmi, effectNmiShuffled } = actions;
  if (effectAccuracy !== null && effectCi95 !== null) {
    const steps = `${actions.effectSteps} steps of ${actions.effectVideos} levels`;
    rows.push(
      [`effect accuracy [95 %], ${steps}`, `${three(effectAccuracy)} [${effectCi95.map(three).join(", ")}]`, ""],
      ["the same by one action for all", three(effectConstant), ""],
      [
        "mutual information with true actions there (by chance)",
        `${three(effectNmi)} (${three(effectNmiShuffled)})`,
        "",
      ],
    );
  }
  if (drift !== null) {
    const what = "tokenizer Fréchet distance of frames 81-100 over that of 1-20";
    const { ratio, ci95, rollOuts } = drift;
    const within = ci95 === null ? "" : ` [${ci95.map(two).join(", ")}]`;
    rows.push([`${what}, ${rollOuts} roll-outs${ci95 === null ? "" : " [95 %]"}`, `${two(ratio)}${within}`, ""]);
  }
  for (const [name, score] of Object.entries(heads ?? {})) {
    if (score === null) continue;
    rows.push([
      `${name} head, average precision (${score.positives} of ${score.steps} steps)`,
      three(score.averagePrecision),
      "",
    ]);
  }
  return rows;
}

function speedTable(result: unknown): string[] {
  const { rollout, train, peakGflops, engine, precision, steps } = Speed.parse(result);
  const row = (what: string, { fps, gflops }: { fps: number; gflops: number }) => [
    what,
    fps.toFixed(1),
    gflops.toFixed(0),
    `${((100 * gflops) / peakGflops).toFixed(0)} %`,
  ];
  return table(
    [
      `engine ${engine}, ${precision}, ${steps} steps; float32 peak ${peakGflops.toFixed(0)} GFLOP/s`,
      "frames/s",
      "GFLOP/s",
      "of peak",
    ],
    [...rollout.map((rate) => row(`play, ${counted(rate.numEnvs, "environment")}`, rate)), row("training step", train)],
  );
}

function jsonBlock(result: unknown): string[] {
  return ["```json", JSON.stringify(result, null, 2), "```"];
}

const Trainer = z.object({ stepsPerSecond: z.number(), stepsPerProcessorSecond: z.number() });
const Ratios = z.object({ wall: z.number(), processor: z.number() });
const PPOSpeeds = z.record(
  z.string(),
  z.object({
    genie: Trainer,
    sb3: Trainer,
    single: Trainer,
    timesAsFastAs: z.object({ sb3: Ratios, single: Ratios }),
    versions: z.record(z.string(), z.string()),
  }),
);

const BENCHES: Readonly<Record<string, (result: unknown) => string[]>> = {
  "bench-ppo": ppoTable,
  "bench-env": envTable,
  "bench-platformer": platformerTable,
  "bench-train": (result) => headed(trainRows(result)),
};

function benchTable(result: unknown, name: string): string[] {
  return (BENCHES[name] ?? jsonBlock)(result);
}

function platformerTable(result: unknown): string[] {
  const [header = [], ...rows] = platformerRows(result);
  return table(header, rows);
}

const Speeds = z.record(z.string(), z.number());
const EnvSpeeds = z.object({ genie: Speeds, wrappersCost: z.number(), gymnasium: Speeds.nullable() });

/** The forms of an environment that bench:env measures, beside the batches. */
const ENV_FORMS: Readonly<Record<string, string>> = {
  single: "one, bare",
  wrapped: "one, as `make` wraps it, with episode statistics",
};

function envTable(result: unknown): string[] {
  const { genie, wrappersCost, gymnasium } = EnvSpeeds.parse(result);
  const steps = (speed = Number.NaN) => (Number.isNaN(speed) ? "" : Number(speed.toPrecision(3)).toLocaleString("en"));
  const rows = Object.entries(genie).map(([form, speed]) => [
    ENV_FORMS[form] ?? form.replace(/^batchOf(\d+)$/, "a native batch of $1, all rows together"),
    steps(speed),
    steps(gymnasium?.[form]),
  ]);
  const rival = gymnasium === null ? "" : (Number(gymnasium["single"]) / Number(gymnasium["wrapped"])).toFixed(2);
  return table(
    ["CartPole on one core, random actions, resets included", "steps/s of processor time", "Gymnasium"],
    [...rows, ["a bare step's speed over a wrapped one's", wrappersCost.toFixed(2), rival]],
  );
}

function ppoTable(result: unknown): string[] {
  const speeds = Object.entries(PPOSpeeds.parse(result));
  const rival = (what: string, key: "sb3" | "single") =>
    speeds.map(([setting, speed]) => [
      `${setting}: ${what}`,
      String(speed[key].stepsPerSecond),
      String(speed[key].stepsPerProcessorSecond),
      `${speed.timesAsFastAs[key].wall} (${speed.timesAsFastAs[key].processor})`,
    ]);
  const own = speeds.map(([setting, { genie }]) => [
    `${setting}: this package`,
    String(genie.stepsPerSecond),
    String(genie.stepsPerProcessorSecond),
    "",
  ]);
  const versions = Object.entries(speeds[0]?.[1].versions ?? {}).map((entry) => entry.join(" "));
  return table(
    [`training on CartPole (${versions.join(", ")})`, "steps/s", "steps/s of processor time", "we are faster by"],
    [...own, ...rival("Stable-Baselines3", "sb3"), ...rival("one PyTorch file", "single")],
  );
}

const KnownGood = z.array(
  z.object({
    id: z.string(),
    mean: z.number(),
    goal: z.number(),
    isControl: z.boolean().default(false),
    steps: z.number(),
    stepsPerSecond: z.number(),
  }),
);

function knownGood(result: unknown): string[] {
  const runs = KnownGood.parse(result);
  const tasks = [...new Set(runs.map(({ id }) => id))];
  const rows = tasks.map((task) => {
    const own = runs.filter(({ id }) => id === task);
    const [{ goal, steps, isControl } = { goal: 0, steps: 0, isControl: false }] = own;
    return [
      isControl ? `${task}, a control: unsolved` : task,
      String(steps),
      String(goal),
      own.map(({ mean }) => Number(mean.toFixed(2))).join(", "),
    ];
  });
  return table(["task", "steps", "to reach", "mean return of 100 episodes, seed by seed"], rows);
}

function ablation(result: unknown, name: string): string[] {
  const study = ABLATION_NAMES.find((one) => `ablate-${one}` === name);
  return study === undefined ? jsonBlock(result) : ablationTable(study, AblationResult.array().parse(result));
}

function scaling(result: unknown): string[] {
  const plots = "![Loss in training, and final loss over parameters, compute and batch size](scale.svg)";
  return [plots, "", ...scalingTable(ScalingReport.parse(result))];
}

/** Rows of which the first is the header. */
function headed([header = [], ...rows]: string[][]): string[] {
  return table(header, rows);
}

function framesTable(result: unknown): string[] {
  const [header = [], ...rows] = framesRows(result);
  return ["![Time and memory of a training step over the frames of a clip](frames.svg)", "", ...table(header, rows)];
}

const Kept = z.object({
  dreams: z.number(),
  frames: z.number(),
  first: z.number(),
  kept: z.number(),
  late: z.number(),
});
const Dreams = z.object({ difficulty: z.string(), hero: Kept, coin: Kept });

function dreamsTable(result: unknown): string[] {
  const { hero, coin } = Dreams.parse(result);
  const share = (value: number) => `${(100 * value).toFixed(0)} %`;
  const row = (name: string, { dreams, frames, first, kept, late }: z.infer<typeof Kept>) => [
    `${name}, ${dreams} dreams of ${frames} frames`,
    ...[first, kept, late].map(share),
  ];
  const header = ["seen in a dream where the game shows it", "first frame", "all frames", "last third"];
  return table(header, [row("the hero", hero), row("the coin", coin)]);
}

const Planning = z.object({
  horizon: z.number(),
  rows: z.array(
    z.object({ method: z.string(), reached: z.number(), goals: z.number(), low: z.number(), high: z.number() }),
  ),
});

function planningTable(result: unknown): string[] {
  const { horizon, rows } = Planning.parse(result);
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  return table(
    [`plans for a picture ${horizon} steps ahead`, "come true in the game [95 %]"],
    rows.map(({ method, reached, goals, low, high }) => [
      method,
      `${percent(reached / goals)} [${percent(low)}, ${percent(high)}] of ${goals}`,
    ]),
  );
}

const DreamRun = z.object({ plan: DreamPlan, summary: z.array(z.custom<DreamSummary>()) });

function reproduction(result: unknown, name: string): string[] {
  return name.startsWith("reproduce-dream") ? dreamTable(DreamRun.parse(result)) : bcTable(BCRun.parse(result));
}

/** How each measurement is shown, by the first word of its name; any other is shown as JSON. */
const renderers: Readonly<Record<string, (result: unknown, name: string) => string[]>> = {
  eval: evaluationTable,
  speed: speedTable,
  profile: profileTable,
  ablate: ablation,
  bench: benchTable,
  benchmark: benchmarkLines,
  known: knownGood,
  scale: scaling,
  gpu: (result) => headed(gpuRows(result)),
  fast: (result) => [...headed(fastRows(result)), "", changedLine(result)],
  frames: framesTable,
  memory: (result) => headed(memoryRows(result)),
  open: (result) => headed(openRows(result)),
  dreams: dreamsTable,
  planning: planningTable,
  reproduce: reproduction,
  curve: curveLines,
};

/** The document with every figure as measured. */
export function withFigures(document: string, read: (name: string) => Measurement | null): string {
  return document.replace(/<!-- figures ([\w-]+) -->[\s\S]*?<!-- \/figures -->/g, (_, name: string) => {
    const measurement = read(name);
    const shown = measurement === null ? ["Not measured yet."] : figureLines(name, measurement);
    return [`<!-- figures ${name} -->`, "", ...shown, "", "<!-- /figures -->"].join("\n");
  });
}

/** Above it, what was measured shared the machine with other work: shares count, speeds do not. */
const BUSY = 2;

function figureLines(name: string, { command, machine, date, revision, load = 0, result }: Measurement): string[] {
  const render = renderers[name.split("-")[0] ?? ""] ?? jsonBlock;
  const busy = load > BUSY ? ` Other work ran meanwhile (load ${load.toFixed(0)}): read shares, not speeds.` : "";
  const source = `\`${command}\` on ${machine}, ${date}, revision ${revision}.${busy}`;
  return [...render(result, name), "", source];
}

/** The measurement of this name; null where nobody has measured it yet. */
export function readMeasurement(name: string): Measurement | null {
  const path = join(FIGURES, `${name}.json`);
  return existsSync(path) ? Measurement.parse(JSON.parse(readFileSync(path, "utf8"))) : null;
}

/** Documents by path, as they are and as they should be. */
export function documents(): { path: string; now: string; wanted: string }[] {
  return DOCUMENTS.map((file) => {
    const path = join(ROOT, file);
    const now = readFileSync(path, "utf8");
    return { path, now, wanted: withFigures(now, readMeasurement) };
  });
}

if (process.argv[1] === import.meta.filename) {
  await drawFigures(join(ROOT, "docs"), readMeasurement);
  for (const { path, now, wanted } of documents()) if (now !== wanted) await writeFileAtomically(path, wanted);
}
