export { ActionClusters } from "./action-clusters.ts";
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
} from "./bc-types.ts";
export type { PolicySpec } from "./bc-network.ts";
export type { Demonstration } from "./demonstrations.ts";
export type {
  ActChoice,
  AgentContext,
  AgentFactory,
  BenchmarkAgent,
  Learning,
  NamedAgent,
  ShownEpisode,
} from "./benchmark/agent.ts";
export { constantAgent, ppoAgent, randomAgent } from "./benchmark/built-in.ts";
export { bcAgent } from "./benchmark/clone.ts";
export type { CloneOptions } from "./benchmark/clone.ts";
export { missingRuns, planRuns, runAll } from "./benchmark/run-all.ts";
export type { Execute, RunAllOptions } from "./benchmark/run-all.ts";
export { BenchmarkRun, RunResult } from "./benchmark/result.ts";
export { runOne } from "./benchmark/run-one.ts";
export type { BenchmarkTask, RunOptions, RunOutcome } from "./benchmark/run-one.ts";
export { summarise } from "./benchmark/summary.ts";
export type {
  AgentOverall,
  AgentRow,
  BenchmarkSummary,
  SummaryOptions,
  TaskRow,
  TaskScale,
} from "./benchmark/summary.ts";
export { evaluate } from "./evaluate.ts";
export type { Actor, EvaluateOptions } from "./evaluate.ts";
export type { ImitateOptions, Imitation, ShownSteps } from "./imitation.ts";
export { describeVideo, labelVideo } from "./latent-labels.ts";
export type { DescribedStep, LabelOptions, LatentActionLabeler, StepDescriber } from "./latent-labels.ts";
export { planByBeam } from "./planning/beam.ts";
export type { BeamOptions } from "./planning/beam.ts";
export type { BranchingEnv, Objective, Plan, PlanGoal } from "./planning/branching.ts";
export { planByCEM } from "./planning/cem.ts";
export type { CEMOptions } from "./planning/cem.ts";
export { closenessTo } from "./planning/closeness.ts";
export { PPO } from "./ppo.ts";
export type { ActOptions, PPOLog, PPOSetup } from "./ppo.ts";
export { PPOConfig } from "./ppo-options.ts";
export type { PPOOptions } from "./ppo-options.ts";
export type { UpdateLog } from "./learner.ts";
export type { EpisodeResult } from "./rollout.ts";
