import "./built-in-envs.ts";

export * from "./env/index.ts";
export { parseCommandLine } from "./cli/command-line.ts";
export type { Frames } from "./core/frames.ts";
export type { HostTensor, HostTensors } from "./core/host-tensor.ts";
export type {
  FramePlan,
  Look,
  Seen,
  StepOutlook,
  WorldHeads,
  WorldModel,
  WorldSession,
  WorldStep,
} from "./model/world-model.ts";
