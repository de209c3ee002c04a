import { z } from "zod";
import { counted } from "../../src/core/counted.ts";

const Measured = z.object({ fps: z.number(), residentMB: z.number(), deviceMB: z.number().nullable() });

/** A measurement, or why there is none. */
export const Outcome = z.union([Measured, z.object({ error: z.string() })]);
type Outcome = z.infer<typeof Outcome>;

/** What `npm run bench:gpu` prints. */
export const GpuReport = z.object({
  engine: z.string(),
  provider: z.string().nullable(),
  device: z.string(),
  /** Whether the device is the CPU in disguise: then the shape is tiny, and speeds say nothing of a GPU. */
  isSoftware: z.boolean(),
  shape: z.string(),
  /** The share of `tokens` tokens that were drawn as the float32 CPU draws them. */
  sameTokens: z.number(),
  tokens: z.number(),
  play: z.array(
    z.object({ numEnvs: z.number(), pixels: Outcome, tokens: Outcome, none: Outcome.nullable().default(null) }),
  ),
  train: Outcome,
});
export type GpuReport = z.infer<typeof GpuReport>;

const NOT_MEASURED = "not measured";
/** The sizes that a GPU is to be measured at. */
export const GPU_SIZES = [1, 32, 256, 1024, 4096];

/** The report as rows of a table, the header first. What ran in software has no speed to show. */
export function gpuRows(result: unknown): string[][] {
  const report = GpuReport.parse(result);
  const { engine, provider, device, isSoftware, sameTokens, tokens } = report;
  const name = provider === null ? engine : `${engine} (${provider})`;
  const played = isSoftware
    ? GPU_SIZES.map((numEnvs) => ({ numEnvs, pixels: null, tokens: null, none: null }))
    : report.play;
  return [
    [`${name} on ${device}`, "frames/s, pixels", "frames/s, tokens", "frames/s, unread", "process, MB", "device, MB"],
    ...played.map((row) => [
      `play, ${counted(row.numEnvs, "environment")}`,
      rate(row.pixels),
      rate(row.tokens),
      rate(row.none),
      ...memory(row.pixels),
    ]),
    ["training step", rate(isSoftware ? null : report.train), "", "", ...memory(isSoftware ? null : report.train)],
    [`tokens as on the CPU, of ${tokens}`, `${(100 * sameTokens).toFixed(1)} %`, "", "", "", ""],
  ];
}

function rate(outcome: Outcome | null): string {
  if (outcome === null) return NOT_MEASURED;
  return "fps" in outcome ? outcome.fps.toFixed(1) : "failed";
}

function memory(outcome: Outcome | null): [process: string, device: string] {
  if (outcome === null || !("fps" in outcome)) return [NOT_MEASURED, NOT_MEASURED];
  return [String(outcome.residentMB), outcome.deviceMB === null ? "unknown" : String(outcome.deviceMB)];
}
