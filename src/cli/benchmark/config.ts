import { z } from "zod";
import { BenchmarkRun } from "../../agents/benchmark/result.ts";

/** What a benchmark is: the same config gives the same runs. */
export const BenchmarkConfig = z.strictObject({
  agents: z.array(z.string()).min(1),
  worlds: z.array(z.string()).min(1),
  seeds: z.int().positive(),
  steps: z.int().positive().describe("that each agent learns from, of all environments together"),
  episodes: z.int().positive().describe("of each evaluation"),
  deterministic: z.boolean().describe("whether the evaluation plays the likeliest actions"),
  horizon: z.int().positive().describe("steps of an episode in a learnt world"),
  goal: z.string().optional(),
  reward: z.string().optional(),
  engine: z.string().optional(),
  demonstrations: z.string().optional().describe("folder of videos to learn from in learnt worlds"),
});
export type BenchmarkConfig = z.infer<typeof BenchmarkConfig>;

/** What a process that does one run is told. */
export const RunOrder = z.strictObject({ run: BenchmarkRun, config: BenchmarkConfig });
export type RunOrder = z.infer<typeof RunOrder>;

/** Files of a run, in a folder of its own. */
export const ORDER_FILE = "run.json";
export const RESULT_FILE = "result.json";
export const VIDEO_FILE = "evaluation.webp";
