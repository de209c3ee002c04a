import type { Engine } from "../compute/engine.ts";
import type { Demonstration } from "./demonstrations.ts";

/** What an agent runs on, and what its randomness comes from. */
export type BehavioralCloningSetup = {
  /** Default: `createEngine()`. */
  readonly engine?: Engine;
  /** Equal seeds give equal agents. Default 0. */
  readonly seed?: number | string;
};

/** How long to learn: `steps` updates in all, or until `minutes` have passed, whichever is first. */
export type LearnOptions = { readonly steps: number; readonly minutes?: number };

/** What one update came to: means over its batch. */
export type BCLog = {
  /** Updates so far. */
  readonly step: number;
  /** Cross-entropy in nats. */
  readonly loss: number;
  /** Share of the steps whose action was the likeliest. */
  readonly accuracy: number;
  /** Norm of the gradient before it is clipped. */
  readonly gradientNorm: number;
  readonly learningRate: number;
};

/** How `act` chooses, and where episodes begin. */
export type BCActOptions = {
  /** The likeliest action instead of a draw. Default false. */
  readonly deterministic?: boolean;
  /** Rows whose episode begins with this observation, [B]; the others go on. All rows begin with the first call. */
  readonly starts?: ArrayLike<number | boolean>;
};

/** A step of the expert whose real action is known. `episode.actions` are the latent ones. */
export type LabelledStep = { readonly episode: Demonstration; readonly at: number; readonly action: number };

/** How latent actions become real ones. */
export type MapOptions = {
  /** How many real actions there are. */
  readonly numActions: number;
  /** The paper's dictionary (default), or a decoder that sees the observation, as LAPO's. */
  readonly kind?: "dictionary" | "decoder";
};
