import "./built-in-envs.ts";

export * from "./env/index.ts";
export {
  BackendError,
  CheckpointError,
  ClosedError,
  CompileError,
  ConfigError,
  DataError,
  DeprecatedEnvError,
  GenieError,
  InvalidActionError,
  NameNotFoundError,
  NamespaceNotFoundError,
  RegistrationError,
  ResetNeededError,
  ShapeError,
  UnregisteredEnvError,
  VersionNotFoundError,
} from "./core/errors.ts";
export type { Frames } from "./core/frames.ts";
export type { HostTensor, HostTensors } from "./core/host-tensor.ts";
export { Rng } from "./core/rng.ts";
export type { RngState } from "./core/rng.ts";
export type { StepOutlook, WorldHeads, WorldModel, WorldSession, WorldStep } from "./model/world-model.ts";
