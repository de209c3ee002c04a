import { z } from "zod";

/** What `npm run bench:fast` prints: the world as it is, then with what makes it faster. */
const Means = z.array(
  z.object({
    precision: z.string(),
    steps: z.number(),
    psnr: z.number(),
    ssim: z.number(),
    deltaPsnr4: z.number(),
    fps: z.record(z.string(), z.number()),
  }),
);

/** A header, and a row for each of the means: its quality, and what it loses against the world as it is. */
export function fastRows(result: unknown): string[][] {
  const means = Means.parse(result);
  const [own] = means;
  const beside = (value: number, base = value) =>
    `${value.toFixed(2)} (${value < base ? "" : "+"}${(value - base).toFixed(2)})`;
  const counts = Object.keys(own?.fps ?? {});
  return [
    ["precision, steps", "PSNR (dB)", "SSIM", "ΔPSNR at t = 4", ...counts.map((n) => `frames/s, ${n} environments`)],
    ...means.map(({ precision, steps, psnr, ssim, deltaPsnr4, fps }) => [
      `${precision}, ${steps}`,
      beside(psnr, own?.psnr),
      ssim.toFixed(3),
      beside(deltaPsnr4, own?.deltaPsnr4),
      ...counts.map((n) => (fps[n] ?? Number.NaN).toFixed(1)),
    ]),
  ];
}
