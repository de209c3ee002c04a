export { drawAnsi } from "./ansi.ts";
export type {
  AsyncEnv,
  AutoresetMode,
  Env,
  EnvMetadata,
  RenderFrame,
  RenderMode,
  ResetArgs,
  ResetResult,
  StepResult,
  VectorEnv,
  VectorStepResult,
} from "./env.ts";
export { Episodes } from "./episodes.ts";
export type { EpisodePhase, EpisodeState } from "./episodes.ts";
export { GenieEnv } from "./genie-env.ts";
export type { EnvFor, LoadOptions } from "./genie-env.ts";
export type { GenieBatchInfo, GenieInfo, GenieVectorInfo } from "./genie-info.ts";
export type { GenieEnvOptions, GenieResetArgs } from "./genie-options.ts";
export { GenieVectorEnv } from "./genie-vector-env.ts";
export type { BatchActions, GenieRowState } from "./genie-vector-env.ts";
export type { Observation, ObservationMode, ObservationOf, PixelsAndTokens } from "./observation.ts";
export type { Prompt } from "./prompt.ts";
export { functionReward, goalImageReward, tokenReward } from "./rewards.ts";
export type { Reward, RewardModel, RowReward, Score, Transition } from "./rewards.ts";
export { Box } from "./spaces/box.ts";
export type { ArrayOf, BoxOptions, NumericType } from "./spaces/box.ts";
export { DictSpace } from "./spaces/dict.ts";
export { Discrete, MultiDiscrete } from "./spaces/discrete.ts";
export type { Nested, Space, SpaceJson } from "./spaces/space.ts";
export type { WorldRowState } from "./world-rows.ts";
