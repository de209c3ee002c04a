import type { Frames } from "../core/frames.ts";
import type { HostTensors } from "../core/host-tensor.ts";

export type { Frames };

/** What one step tells about the frame it predicted, one row per environment. */
export type WorldStep = {
  /** Tokens of the new frame, int32 [B, N] in [0, vocabularySize). */
  readonly tokens: Int32Array;
  /** Mean probability that the model gave to the tokens it chose, float32 [B] in (0, 1]. */
  readonly confidence: Float32Array;
  /** Mean entropy of the tokens' distributions in nats, float32 [B]. */
  readonly entropy: Float32Array;
};

/** What a world's heads make of a batch of steps: probabilities in [0, 1]. */
export type StepOutlook = {
  /** Of each of `rewards`, float32 [B, R], row by row. */
  readonly reward: Float32Array;
  /** That the step ended the task, float32 [B]. */
  readonly end: Float32Array;
};

/** What is to come down of a frame; the rest stays where it was computed. */
export type Look = {
  readonly tokens?: boolean;
  /** Confidence and entropy. */
  readonly confidence?: boolean;
  readonly pixels?: boolean;
  /** What the world's heads make of the step that led to the frame. */
  readonly outlook?: boolean;
};

/** What came down of a frame: what its `Look` asked for. */
export type Seen = Partial<WorldStep> & {
  /** uint8 [B, H, W, 3]. */
  readonly pixels?: Uint8Array;
  readonly outlook?: StepOutlook;
};

/** How every row goes on by one frame, as in `WorldSession.step`, and what is wanted of it. */
export type FramePlan = { readonly actions: Int32Array; readonly uniforms: Float32Array; readonly look: Look };

/**
 * Worlds that run side by side, one per row, on one engine. A row's future depends on its prompt, its actions and its
 * uniforms only, never on the other rows.
 */
export interface WorldSession {
  readonly numEnvs: number;
  /** Starts `rows` anew from their prompts (`prompts[i]` for `rows[i]`, one or more frames of the world's size). */
  reset(rows: readonly number[], prompts: readonly Frames[]): Promise<void>;
  /**
   * Advances every row by one frame.
   * actions: int32 [B] in [0, numActions). uniforms: float32 [B, uniformsPerStep] in [0, 1).
   */
  step(actions: Int32Array, uniforms: Float32Array): Promise<WorldStep>;
  /**
   * Steps one after another, each from what the last one left where it was computed. What the plans' looks ask for comes
   * down once, in one read at the end, a `Seen` per frame. Left out by worlds for which `step` and `decode` do as well.
   */
  play?(frames: readonly FramePlan[]): Promise<Seen[]>;
  /** Tokens of the current frame of every row, int32 [B, N]. */
  tokens(): Int32Array | Promise<Int32Array>;
  /** Pixels of the current frame of every row, uint8 [B, H, W, 3]. */
  decode(): Promise<Uint8Array>;
  /** Everything a row needs to continue exactly, as host tensors that are the caller's. */
  getState(row: number): Promise<HostTensors>;
  /** `getState` of several rows, which are read at once. @throws ShapeError for rows that there are not. */
  getStates(rows: readonly number[]): Promise<HostTensors[]>;
  /** @throws ShapeError for what is no state of a row of this world; `where` begins the message. */
  expectState(state: HostTensors, where: string): Promise<void>;
  /** Puts a row where `state` was taken. @throws ShapeError as `expectState`; the row has not changed then. */
  setState(row: number, state: HostTensors): Promise<void>;
  /**
   * `setState` of several rows, which are written at once: `rows[i]` goes where `states[i]` was taken, a state that several
   * have travelling once. @throws ShapeError as `expectState`, and for rows that there are not or that occur twice; no row
   * has changed then.
   */
  setStates(rows: readonly number[], states: readonly HostTensors[]): Promise<void>;
  /** Frees the engine's memory. May be called twice. */
  close(): void;
}

/** Tell what steps pay and whether they end the task; learnt from labelled episodes, which the world never saw. */
export interface WorldHeads {
  /** What a step may pay, rising, [R]. */
  readonly rewards: readonly number[];
  /** Judges steps by the tokens before and after them, int32 [B, N] each. */
  judge(previous: Int32Array, next: Int32Array): Promise<StepOutlook>;
}

/** All that the environment knows of a world model (design: one interface, so that a fake one tests the environment). */
export interface WorldModel {
  readonly name: string;
  /** |A|: latent actions are the integers [0, numActions). */
  readonly numActions: number;
  /** Height, width, channels of a frame. */
  readonly frameShape: readonly [height: number, width: number, channels: 3];
  readonly tokensPerFrame: number;
  readonly vocabularySize: number;
  /** How many uniforms a row draws per step. */
  readonly uniformsPerStep: number;
  /** Frames per second of the video that the world was learnt from. */
  readonly fps: number;
  /** What each latent action does, where somebody has looked. */
  readonly actionNames?: readonly string[] | undefined;
  /** Frames of the world's size that episodes can start from where nobody gives an image. */
  readonly prompts?: readonly Frames[] | undefined;
  /** Reward and end heads, where some were trained beside the world. */
  readonly heads?: WorldHeads | undefined;
  /** Opens `numEnvs` rows. Call `reset` on every row before `step`. */
  open(numEnvs: number): Promise<WorldSession>;
  /** Frees the engine's memory, and closes what it opened. May be called twice. */
  close(): void;
}
