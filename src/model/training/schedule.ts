import { z } from "zod";

/** Warm-up, constant, linear decay ("WSD"): the rate can stay up however long a run turns out to be. */
export const ScheduleConfig = z.strictObject({
  peak: z.number().positive().default(1e-3).describe("highest learning rate"),
  floor: z.number().min(0).max(1).default(0.02).describe("last learning rate, as a share of the peak"),
  warmupSteps: z.int().min(0).default(50),
  decayShare: z.number().min(0).max(1).default(0.4).describe("share of the run over which the rate falls"),
});
export type ScheduleConfig = z.infer<typeof ScheduleConfig>;

/** The learning rate of step `step` (the first is 1) at `progress` in [0, 1] through the run. */
export function learningRate(
  { peak, floor, warmupSteps, decayShare }: ScheduleConfig,
  step: number,
  progress: number,
): number {
  const warmup = Math.min(1, step / Math.max(1, warmupSteps));
  const decay = decayShare === 0 ? 1 : Math.min(1, (1 - progress) / decayShare);
  return peak * warmup * Math.max(floor, decay);
}
