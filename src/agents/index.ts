export { ActionDictionary } from "./action-dictionary.ts";
export type { ActionCounts, ActionPairs, DictionaryJSON } from "./action-dictionary.ts";
export { BehavioralCloningConfig } from "./bc-options.ts";
export type { BehavioralCloningOptions } from "./bc-options.ts";
export { BehavioralCloning } from "./behavioral-cloning.ts";
export type {
  BCActOptions,
  BCLog,
  BehavioralCloningSetup,
  LabelledStep,
  LearnOptions,
  MapOptions,
} from "./behavioral-cloning.ts";
export type { PolicySpec } from "./bc-network.ts";
export type { Demonstration } from "./demonstrations.ts";
export { evaluate } from "./evaluate.ts";
export type { Actor, EvaluateOptions } from "./evaluate.ts";
export { labelVideo } from "./latent-labels.ts";
export type { LabelOptions, LatentActionLabeler } from "./latent-labels.ts";
export { PPO } from "./ppo.ts";
export type { ActOptions, PPOLog, PPOSetup } from "./ppo.ts";
export { PPOConfig } from "./ppo-options.ts";
export type { PPOOptions } from "./ppo-options.ts";
export type { UpdateLog } from "./learner.ts";
export type { EpisodeResult } from "./rollout.ts";
