import type { Frames } from "../model/world-model.ts";
import type { Space } from "./spaces/space.ts";

/** What `reset` returns. */
export type ResetResult<Obs, Info> = [obs: Obs, info: Info];

/**
 * What `step` returns, in Gymnasium's order. `terminated`: the task ended; `truncated`: it was cut from outside, as by a
 * time limit. Both may be true.
 */
export type StepResult<Obs, Info> = [obs: Obs, reward: number, terminated: boolean, truncated: boolean, info: Info];

/** What a vector environment's `step` returns: one row per environment, flags as 0 and 1. */
export type VectorStepResult<Obs, Info> = [
  obs: Obs,
  rewards: Float64Array,
  terminated: Uint8Array,
  truncated: Uint8Array,
  info: Info,
];

/** How to start an episode. `seed` restarts the random streams; without it they go on. */
export type ResetArgs<Seed = number> = {
  readonly seed?: Seed | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
};

/** How `render` shows the current frame: pixels, text for a terminal, or not at all. */
export type RenderMode = "rgb_array" | "ansi" | null;

/** What `render` returns: a frame (one per environment), a text, or null without a render mode. */
export type RenderFrame = Frames | string | null;

/** What is known of an environment before it runs; frames per second of `render`. */
export type EnvMetadata = { readonly renderModes: readonly string[]; readonly renderFps?: number };

/** One environment that answers at once. Every result is in memory of its own, which later calls leave alone. */
export interface Env<Obs, Act, Info = Readonly<Record<string, unknown>>> {
  readonly metadata: EnvMetadata;
  readonly renderMode: RenderMode;
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  reset(args?: ResetArgs): ResetResult<Obs, Info>;
  step(action: Act): StepResult<Obs, Info>;
  render(): RenderFrame;
  /** Frees what the environment holds. May be called twice; every other call then throws `ClosedError`. */
  close(): void;
}

/** One environment that computes elsewhere: `Env` with promises. */
export interface AsyncEnv<Obs, Act, Info = Readonly<Record<string, unknown>>> {
  readonly metadata: EnvMetadata;
  readonly renderMode: RenderMode;
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  reset(args?: ResetArgs): Promise<ResetResult<Obs, Info>>;
  step(action: Act): Promise<StepResult<Obs, Info>>;
  render(): Promise<RenderFrame>;
  close(): void;
}

/**
 * When a vector environment starts a finished row anew: with the step after the end (whose action is ignored), within
 * the step that ended it (the last observation is then `info.final_obs`), or not at all.
 */
export type AutoresetMode = "NextStep" | "SameStep" | "Disabled";

/**
 * Environments side by side, stepped together. `reset` and `step` return batches, row `i` for environment `i`; an
 * integer seed `s` seeds row `i` with `s + i`.
 */
export interface VectorEnv<Obs, Act, Info = Readonly<Record<string, unknown>>> {
  readonly numEnvs: number;
  readonly metadata: EnvMetadata & { readonly autoresetMode: AutoresetMode };
  readonly renderMode: RenderMode;
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  readonly singleObservationSpace: Space<unknown>;
  readonly singleActionSpace: Space<unknown>;
  reset(args?: ResetArgs<number | readonly number[]>): Promise<ResetResult<Obs, Info>>;
  step(actions: Act): Promise<VectorStepResult<Obs, Info>>;
  render(): Promise<RenderFrame>;
  close(): void;
}
