import { z } from "zod";
import { counted } from "../../src/core/counted.ts";

/** What `npm run bench:fast` prints: the slowest way to play first, then with what makes it faster. */
const Report = z.object({
  means: z.array(
    z.object({
      precision: z.string(),
      steps: z.number(),
      psnr: z.number(),
      ssim: z.number(),
      deltaPsnr4: z.number(),
      fps: z.record(z.string(), z.number()),
    }),
  ),
  changedTokens: z.number(),
});

/** A header, and a row for each of the means: its quality, and what it loses against the first. */
export function fastRows(result: unknown): string[][] {
  const { means } = Report.parse(result);
  const [first] = means;
  const beside = (value: number, base = value) =>
    `${value.toFixed(2)} (${value < base ? "" : "+"}${(value - base).toFixed(2)})`;
  const counts = Object.keys(first?.fps ?? {});
  return [
    [
      "precision, steps",
      "PSNR (dB)",
      "SSIM",
      "ΔPSNR at t = 4",
      ...counts.map((n) => `frames/s, ${counted(Number(n), "environment")}`),
    ],
    ...means.map(({ precision, steps, psnr, ssim, deltaPsnr4, fps }) => [
      `${precision}, ${steps}`,
      beside(psnr, first?.psnr),
      ssim.toFixed(3),
      beside(deltaPsnr4, first?.deltaPsnr4),
      ...counts.map((n) => (fps[n] ?? Number.NaN).toFixed(1)),
    ]),
  ];
}

/** What a step could skip, as a sentence. */
export function changedLine(result: unknown): string {
  const { changedTokens } = Report.parse(result);
  return `${(100 * changedTokens).toFixed(0)} % of the tokens of these clips differ from those at their places in the frame before.`;
}
