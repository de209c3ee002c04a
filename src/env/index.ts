export * from "../core/errors.ts";
export { Rng } from "../core/rng.ts";
export type { RngState } from "../core/rng.ts";
export { asAsync, asSync } from "./adapters.ts";
export { drawAnsi } from "./ansi.ts";
export { BaseEnv } from "./base-env.ts";
export { parseEnvId } from "./env-id.ts";
export type { EnvId } from "./env-id.ts";
export type {
  AnyVectorEnv,
  AsyncEnv,
  AsyncVectorEnv,
  AutoresetMode,
  Env,
  EnvInfo,
  EnvMetadata,
  RenderFrame,
  RenderMode,
  ResetArgs,
  ResetResult,
  StepResult,
  VectorEnv,
  VectorMetadata,
  VectorResetArgs,
  VectorSeed,
  VectorStepResult,
} from "./env.ts";
export type { Dream } from "./dream.ts";
export { Episodes } from "./episodes.ts";
export type { EpisodePhase, EpisodeState } from "./episodes.ts";
export { spec } from "./find-registration.ts";
export { GenieEnv } from "./genie-env.ts";
export type { EnvFor, LoadOptions } from "./genie-env.ts";
export type { GenieBatchInfo, GenieInfo, GenieVectorInfo } from "./genie-info.ts";
export type { GenieEnvOptions, GenieResetArgs } from "./genie-options.ts";
export { GenieVectorEnv } from "./genie-vector-env.ts";
export type { BatchActions, GenieRowState } from "./genie-vector-env.ts";
export { makeVec, makeVecSync } from "./make-vec.ts";
export type { MakeVecOptions, WrapperFunction } from "./make-vec.ts";
export { make, makeSync } from "./make.ts";
export type { MakeOptions } from "./make.ts";
export type { Observation, ObservationMode, ObservationOf, PixelsAndTokens } from "./observation.ts";
export { pprintRegistry } from "./pprint-registry.ts";
export type { PprintOptions } from "./pprint-registry.ts";
export type { Prompt } from "./prompt.ts";
export { registerWorld } from "./register-world.ts";
export { namespace, register, registry } from "./registry.ts";
export type { EntryPoint, RegisterOptions, Registration, VectorEntryOptions, VectorEntryPoint } from "./registry.ts";
export { andThen, attempt, modeOf } from "./reply.ts";
export type { Mode, Reply } from "./reply.ts";
export { functionReward, goalImageReward, tokenReward } from "./rewards.ts";
export type { Reward, RewardFunction, RewardModel, RowReward, Score, Transition } from "./rewards.ts";
export { batchDifferingSpaces } from "./spaces/batch-differing.ts";
export { concatenate, createSharedBatch, iterate, readRow, writeRow } from "./spaces/batching.ts";
export { Box } from "./spaces/box.ts";
export type { ArrayOf, BoxOptions, NumericType } from "./spaces/box.ts";
export { DictSpace } from "./spaces/dict.ts";
export { Discrete, MultiDiscrete } from "./spaces/discrete.ts";
export { isSpaceDtypeShapeEquiv, spacesEqual } from "./spaces/equality.ts";
export { flatdim, flatten, flattenSpace, unflatten } from "./spaces/flatten.ts";
export { Graph } from "./spaces/graph.ts";
export type { GraphInstance, GraphSampleOptions } from "./spaces/graph.ts";
export { MultiBinary } from "./spaces/multi-binary.ts";
export { OneOf } from "./spaces/one-of.ts";
export { Sequence } from "./spaces/sequence.ts";
export { spaceCodec, spaceFromJSON } from "./spaces/space-from-json.ts";
export { Text } from "./spaces/text.ts";
export { TupleSpace } from "./spaces/tuple.ts";
export type { Nested } from "./spaces/arrays.ts";
export type { BatchOf } from "./spaces/rows.ts";
export type { SampleOptions, Weights } from "./spaces/sampling.ts";
export type { Seed } from "./spaces/seeds.ts";
export { SpaceJson } from "./spaces/space-json.ts";
export { Space } from "./spaces/space.ts";
export type { FlatBounds, FlatRow } from "./spaces/space.ts";
export { EnvSpec, specFromJSON, specToJSON, VectorSpec, WrapperSpec } from "./spec.ts";
export type { WrapperOptions } from "./spec.ts";
export { worldHeads } from "./world-heads.ts";
export type { WorldHeadsOptions } from "./world-heads.ts";
export type { WorldRowState } from "./world-rows.ts";
export type { ActionsOf } from "./vector/actions.ts";
export { BaseVectorEnv, VectorConfig } from "./vector/base-vector-env.ts";
export type { BatchOutcome, BatchPlan, StepWork } from "./vector/base-vector-env.ts";
export type { RowTemplate } from "./vector/row-template.ts";
export { batchInfos } from "./vector/batch-info.ts";
export { BatchedConfig, BatchedEnv } from "./vector/batched-env.ts";
export type { BatchedOptions } from "./vector/batched-env.ts";
export { ConcurrentVectorEnv } from "./vector/concurrent-vector-env.ts";
export type { ConcurrentVectorOptions } from "./vector/concurrent-vector-env.ts";
export type { EnvSource } from "./vector/env-source.ts";
export { planReset } from "./vector/reset-plan.ts";
export type { ResetPlan } from "./vector/reset-plan.ts";
export { SyncVectorEnv } from "./vector/sync-vector-env.ts";
export type { SyncVectorOptions } from "./vector/sync-vector-env.ts";
export { WorkerVectorEnv } from "./vector/worker-vector-env.ts";
export type { WorkerVectorOptions } from "./vector/worker-vector-env.ts";
export { getWrapperAttr, hasWrapperAttr, setWrapperAttr } from "./wrapper-attr.ts";
export {
  VectorActionWrapper,
  VectorLayer,
  VectorObservationWrapper,
  VectorRewardWrapper,
  VectorWrapper,
} from "./vector-wrapper.ts";
export { registeredWrappers, registerVectorWrapper, registerWrapper } from "./wrapper-registry.ts";
export type { VectorWrapperFactory, WrapperFactory } from "./wrapper-registry.ts";
export { ActionWrapper, EnvLayer, ObservationWrapper, RewardWrapper, Wrapper } from "./wrapper.ts";
export type { AnyEnv } from "./wrapper.ts";
export * from "./wrappers/index.ts";
