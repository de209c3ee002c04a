import type { Rng } from "../core/rng.ts";
import type { Frames } from "../model/world-model.ts";
import type { Mode, Reply } from "./reply.ts";
import type { Space } from "./spaces/space.ts";
import type { EnvSpec } from "./spec.ts";

/** Diagnostics beside an observation; keys are the environment's own. */
export type EnvInfo = Readonly<Record<string, unknown>>;

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

/** One seed `s`, which seeds row `i` with `s + i`, or one per row; null leaves a row's stream as it is. */
export type VectorSeed = number | readonly (number | null)[];

/** How a vector environment is reset. */
export type VectorResetArgs = ResetArgs<VectorSeed>;

/**
 * How `render` shows the current frame: pixels (or all frames since the last call), text for a terminal, at once to a
 * person, or not at all.
 */
export type RenderMode = "rgb_array" | "ansi" | "human" | "rgb_array_list" | null;

/** What `render` returns: a frame (one per environment), a text, or null without a render mode. */
export type RenderFrame = Frames | string | null;

/** What is known of an environment before it runs; frames per second of `render`. */
export type EnvMetadata = { readonly renderModes: readonly string[]; readonly renderFps?: number };

/**
 * One environment, as in Gymnasium. Every result is in memory of its own, which later calls leave alone.
 *
 * An environment answers at once (`M` is "sync") or with promises ("async": a device, a worker, another machine);
 * everything else is the same, so that one wrapper serves both.
 */
export interface Env<Obs = unknown, Act = unknown, Info = EnvInfo, M extends Mode = "sync"> {
  /** How it answers; where it does not say, its `step` tells: an async function answers with promises. */
  readonly mode?: M | undefined;
  readonly metadata: EnvMetadata;
  readonly renderMode: RenderMode;
  /** How `make` built this environment, which sets it; null when it was built by hand. */
  spec: EnvSpec | null;
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  /** The environment's random stream: made at the first read, unless `reset({ seed })` made it. */
  rng: Rng;
  /** The seed of `rng`, -1 when it is not known. */
  readonly rngSeed: number;
  /** The environment inside all wrappers. */
  readonly unwrapped: Env<unknown, unknown, unknown, M>;
  reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M>;
  step(action: Act): Reply<StepResult<Obs, Info>, M>;
  render(): Reply<RenderFrame, M>;
  /** Frees what the environment holds. May be called twice; every other call then throws `ClosedError`. */
  close(): void;
  /** `<Name<id>>`, or `<Name instance>` without a spec, within the names of its wrappers. */
  toString(): string;
}

/** One environment that computes elsewhere: `Env` with promises. */
export type AsyncEnv<Obs = unknown, Act = unknown, Info = EnvInfo> = Env<Obs, Act, Info, "async">;

/**
 * When a vector environment starts a finished row anew: with the step after the end (whose action is ignored), within
 * the step that ended it (the last observation is then `info.final_obs`), or not at all.
 */
export type AutoresetMode = "NextStep" | "SameStep" | "Disabled";

/**
 * Environments side by side, stepped together. `reset` and `step` return batches, row `i` for environment `i`; an
 * integer seed `s` seeds row `i` with `s + i`.
 */
export interface VectorEnv<Obs = unknown, Act = unknown, Info = EnvInfo, M extends Mode = "sync"> {
  readonly numEnvs: number;
  /** How it answers; where it does not say, its `step` tells. */
  readonly mode?: M | undefined;
  readonly metadata: VectorMetadata;
  readonly renderMode: RenderMode;
  spec: EnvSpec | null;
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  readonly singleObservationSpace: Space<unknown>;
  readonly singleActionSpace: Space<unknown>;
  readonly unwrapped: VectorEnv<unknown, unknown, unknown, M>;
  /** `options.reset_mask` (booleans, one per row) resets those rows only. */
  reset(args?: VectorResetArgs): Reply<ResetResult<Obs, Info>, M>;
  step(actions: Act): Reply<VectorStepResult<Obs, Info>, M>;
  render(): Reply<RenderFrame, M>;
  close(): void;
  /** Its name, its id and the number of rows, within the names of its wrappers. */
  toString(): string;
}

/** Environments side by side that compute elsewhere: `VectorEnv` with promises. */
export type AsyncVectorEnv<Obs = unknown, Act = unknown, Info = EnvInfo> = VectorEnv<Obs, Act, Info, "async">;

/** Environments side by side, of any types. */
export type AnyVectorEnv<M extends Mode = Mode> = VectorEnv<unknown, unknown, unknown, M>;

/** What is known of a vector environment before it runs. */
export type VectorMetadata = EnvMetadata & { readonly autoresetMode: AutoresetMode };
