import type { Evaluation } from "../model/evaluation.ts";
import type { VideoDistance } from "../model/fvd.ts";
import type { Drift } from "../model/long-roll-outs.ts";
import type { HeadPrecision, HeadScore, TrueActions } from "./true-actions.ts";

/** All that `genie-env eval` measures. What cannot be measured on the videos at hand is null. */
export type EvaluationReport = Omit<Evaluation, "actions"> & {
  readonly actions: Evaluation["actions"] & TrueActions;
  /** Tokenizer Fréchet distances of 100-frame roll-outs. */
  readonly drift: Drift | null;
  /** By the network that the user named. */
  readonly fvd: VideoDistance | null;
  /** Of the world's reward and end heads, where it has some. */
  readonly heads: HeadPrecision | null;
};

type Line = readonly [name: string, value: string];

/** The report as lines for people. */
export function formatReport(
  report: EvaluationReport,
  counts: { readonly unseen: number; readonly clips: number },
): string {
  const { tokenizer, rollout, control, frames } = report;
  const lines: Line[] = [
    ["tokenizer", quality(tokenizer.psnr, tokenizer.ssim)],
    ["roll-out, 1 frame", quality(rollout.psnr, rollout.ssim)],
    ["roll-out, 4 frames", quality(rollout.psnr4, rollout.ssim4)],
    ["last frame repeated", quality(rollout.copyPsnr, rollout.copySsim)],
    ["PSNR by frame", `1 frame ${curve(rollout.perFrame)}`],
    ["", `4 frames ${curve(rollout.perFrame4)}`],
    ["", `repeated ${curve(rollout.copyPerFrame)}`],
    ["control at t = 4", `${decibels(control.deltaPsnr4)} ${interval(control.ci95, 2)}`],
    ["latent actions", codes(report)],
    ...actionLines(report),
    ...driftLines(report),
    ...headLines(report.heads),
  ];
  const head = `${counts.clips} clips of ${counts.unseen} videos that the world was not trained on, ${frames} predicted frames`;
  const width = Math.max(...lines.map(([name]) => name.length)) + 1;
  return [head, ...lines.map(([name, value]) => `${name.padEnd(width)}${value}`)].join("\n");
}

function codes({ actions }: EvaluationReport): string {
  const used = `${actions.used} used, perplexity ${actions.perplexity.toFixed(2)}`;
  if (actions.nmi === null) return `${used}, no keys known`;
  return `${used}, NMI with keys ${actions.nmi.toFixed(3)} (chance: ${actions.nmiShuffled?.toFixed(3)})`;
}

function actionLines({ actions }: EvaluationReport): Line[] {
  const { effectAccuracy, effectCi95, effectConstant, effectNmi, effectNmiShuffled, effectMap } = actions;
  if (effectAccuracy === null || effectCi95 === null) return [["effect accuracy", whyUnknown(actions)]];
  const stands = effectMap?.map((name, latent) => `${latent} ${name ?? "?"}`).join(", ") ?? "";
  return [
    [
      "effect accuracy",
      `${effectAccuracy.toFixed(3)} ${interval(effectCi95, 3)}, one action alone ${effectConstant?.toFixed(3)}, ` +
        `${actions.effectSteps} steps of ${actions.effectVideos} levels`,
    ],
    ["NMI where it counts", `${effectNmi?.toFixed(3)} (chance: ${effectNmiShuffled?.toFixed(3)})`],
    ["what they stand for", stands],
  ];
}

function whyUnknown({ effectVideos }: TrueActions): string {
  return effectVideos === 0 ? "no true actions known" : `needs recordings of two levels, got ${effectVideos}`;
}

function driftLines({ drift, fvd }: EvaluationReport): Line[] {
  const lines: Line[] = [];
  if (drift !== null) {
    const values = [drift.early, drift.late, drift.realEarly, drift.realLate].map((value) => value.toPrecision(3));
    const [early, late, realEarly, realLate] = values;
    const within = drift.ci95 === null ? "" : ` ${interval(drift.ci95, 2)}`;
    lines.push([
      "100-frame drift",
      `${drift.ratio.toFixed(2)}${within}: tokenizer Fréchet distance ${late} of frames 81-100 over ${early} of 1-20 ` +
        `(real frames: ${realLate}, ${realEarly}), ${drift.rollOuts} roll-outs`,
    ]);
  }
  if (fvd !== null)
    lines.push(["FVD, that network", `${fvd.value.toFixed(1)}, ${fvd.clips} clips of ${fvd.frames} frames`]);
  return lines;
}

function headLines(heads: HeadPrecision | null): Line[] {
  if (heads === null) return [];
  const line = (name: string, score: HeadScore | null): Line => [
    name,
    score === null
      ? "never happens in these videos"
      : `average precision ${score.averagePrecision.toFixed(3)}, ${score.positives} of ${score.steps} steps`,
  ];
  return [line("reward head", heads.reward), line("end head", heads.end)];
}

function decibels(value: number): string {
  return `${value.toFixed(2)} dB`;
}

function quality(psnr: number, ssim: number): string {
  return `PSNR ${decibels(psnr)}, SSIM ${ssim.toFixed(3)}`;
}

function curve(values: readonly number[]): string {
  return values.map((value) => value.toFixed(1)).join(" ");
}

function interval(bounds: readonly [number, number], digits: number): string {
  return `[${bounds.map((bound) => bound.toFixed(digits)).join(", ")}]`;
}
