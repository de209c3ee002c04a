export { evaluate } from "./evaluate.ts";
export type { Actor, EvaluateOptions } from "./evaluate.ts";
export { PPO } from "./ppo.ts";
export type { ActOptions, PPOLog, PPOSetup } from "./ppo.ts";
export { PPOConfig } from "./ppo-options.ts";
export type { PPOOptions } from "./ppo-options.ts";
export type { UpdateLog } from "./learner.ts";
export type { EpisodeResult } from "./rollout.ts";
