import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../src/core/atomic-file.ts";

/*
 * Puts measured figures into the documents: npm run docs:figures
 *
 * A command's JSON is kept in docs/figures/NAME.json as { command, machine, date, result } (scripts/measure.ts writes it),
 * and is shown between `<!-- figures NAME -->` and `<!-- /figures -->`. No figure is typed in by hand; a test checks that
 * the documents show what the files say.
 */

/** What was measured, by which command, where and when. */
export const Measurement = z.strictObject({
  command: z.string(),
  machine: z.string(),
  date: z.string(),
  revision: z.string(),
  result: z.unknown(),
});
export type Measurement = z.infer<typeof Measurement>;

const ROOT = join(import.meta.dirname, "..");
export const FIGURES = join(ROOT, "docs", "figures");
const DOCUMENTS = [
  "README.md",
  ...readdirSync(join(ROOT, "docs")).flatMap((file) => (file.endsWith(".md") ? [join("docs", file)] : [])),
];

const Quality = z.object({ psnr: z.number(), ssim: z.number() });
const Evaluation = z.object({
  tokenizer: Quality,
  rollout: Quality.extend({ copyPsnr: z.number(), copySsim: z.number(), psnr4: z.number(), ssim4: z.number() }),
  control: z.object({ deltaPsnr4: z.number(), ci95: z.tuple([z.number(), z.number()]) }),
  actions: z.object({
    used: z.number(),
    perplexity: z.number(),
    nmi: z.number().nullable(),
    nmiShuffled: z.number().nullable(),
  }),
  frames: z.number(),
});
const Speed = z.object({
  rollout: z.array(z.object({ numEnvs: z.number(), fps: z.number(), gflops: z.number() })),
  train: z.object({ fps: z.number(), gflops: z.number() }),
  peakGflops: z.number(),
  engine: z.string(),
});

function evaluationTable(result: unknown): string[] {
  const { tokenizer, rollout, control, actions, frames } = Evaluation.parse(result);
  const two = (value: number) => value.toFixed(2);
  const three = (value: number | null) => (value === null ? "unknown" : value.toFixed(3));
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
    ],
  );
}

function speedTable(result: unknown): string[] {
  const { rollout, train, peakGflops, engine } = Speed.parse(result);
  const row = (what: string, { fps, gflops }: { fps: number; gflops: number }) => [
    what,
    fps.toFixed(1),
    gflops.toFixed(0),
    `${((100 * gflops) / peakGflops).toFixed(0)} %`,
  ];
  return table(
    [`engine ${engine}, matrix-product peak ${peakGflops.toFixed(0)} GFLOP/s`, "frames/s", "GFLOP/s", "of peak"],
    [...rollout.map((rate) => row(`play, ${rate.numEnvs} environments`, rate)), row("training step", train)],
  );
}

function jsonBlock(result: unknown): string[] {
  return ["```json", JSON.stringify(result, null, 2), "```"];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(line)];
}

/** How each measurement is shown; any other name is shown as JSON. */
const renderers: Readonly<Record<string, (result: unknown) => string[]>> = { eval: evaluationTable, speed: speedTable };

/** The document with every figure as measured. */
export function withFigures(document: string, read: (name: string) => Measurement): string {
  return document.replace(/<!-- figures ([\w-]+) -->[\s\S]*?<!-- \/figures -->/g, (_, name: string) => {
    const { command, machine, date, revision, result } = read(name);
    const render = renderers[name.split("-")[0] ?? ""] ?? jsonBlock;
    const source = `\`${command}\` on ${machine}, ${date}, revision ${revision}.`;
    return [`<!-- figures ${name} -->`, "", ...render(result), "", source, "", "<!-- /figures -->"].join("\n");
  });
}

/** The measurement of this name. */
export function readMeasurement(name: string): Measurement {
  return Measurement.parse(JSON.parse(readFileSync(join(FIGURES, `${name}.json`), "utf8")));
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
  for (const { path, now, wanted } of documents()) if (now !== wanted) await writeFileAtomically(path, wanted);
}
