import { DataError, ShapeError } from "../core/errors.ts";
import { areWhole, bytesPerFrame, type Frames } from "../core/frames.ts";
import { float32, int32, type HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";
import { numDecisions, previousInput, type PolicyNetwork } from "./bc-network.ts";
import { shuffled } from "./minibatch.ts";

/** One episode to learn from. */
export type Demonstration = {
  /** What was seen, [T + 1, H, W, 3]. */
  readonly frames: Frames;
  /** What led from frame i to frame i + 1: true or latent actions, [T]. */
  readonly actions: ArrayLike<number>;
  /** How much each of these steps counts, from 0 on, [T]; 0 shows a step without asking to do it. 1 when left out. */
  readonly weights?: ArrayLike<number>;
};

/** One step of an episode. */
export type Step = { readonly episode: Demonstration; readonly at: number };

/** Expert episodes as batches for a policy: the last frames before each step, and what the expert did. */
export class DemonstrationSet {
  readonly #network: PolicyNetwork;
  readonly #steps: readonly Step[];
  /** What `columns` writes into: fresh memory for every batch would cost more than the copying. */
  #frames = new Float32Array(0);
  /** The order of the epoch that was last asked for. */
  #order: { readonly epoch: number; readonly indices: Uint32Array } | null = null;

  /**
   * @throws what `expectDemonstration` does; DataError when no step counts.
   */
  constructor(network: PolicyNetwork, demonstrations: readonly Demonstration[]) {
    this.#network = network;
    for (const episode of demonstrations) expectDemonstration(network, episode);
    this.#steps = demonstrations.flatMap((episode) =>
      Array.from({ length: episode.actions.length }, (_, at) => ({ episode, at })).filter(
        ({ at }) => weightOf(episode, at) > 0,
      ),
    );
    if (this.#steps.length > 0) return;
    throw new DataError(`demonstrations: one step or more must count, got ${demonstrations.length} episodes without`);
  }

  /** Steps that count. */
  get size(): number {
    return this.#steps.length;
  }

  /**
   * Batch number `index` of `rows` steps: every epoch takes each step once, in an order that `rng` and the epoch decide.
   * The same arguments give the same batch. Its frames are good until the next one is asked for.
   */
  batch(index: number, rows: number, rng: Rng): HostTensors {
    const steps = Array.from({ length: rows }, (_, row) => this.#stepAt(index * rows + row, rng));
    return this.columns(steps);
  }

  #stepAt(position: number, rng: Rng): Step {
    const epoch = Math.floor(position / this.size);
    if (this.#order?.epoch !== epoch) {
      this.#order = { epoch, indices: shuffled(this.size, rng.split("epoch", epoch)) };
    }
    const step = this.#steps[this.#order.indices[position % this.size] ?? 0];
    if (step !== undefined) return step;
    throw new DataError(`demonstrations: a step must be there, got none at ${position}`);
  }

  /** The inputs of the loss for these steps. Their frames are good until others are asked for. */
  columns(steps: readonly Step[]): HostTensors {
    const { config, height, width, numActions } = this.#network;
    const { numFrames } = config;
    const decisions = numDecisions(this.#network);
    const size = bytesPerFrame(this.#network);
    const length = steps.length * numFrames * size;
    if (this.#frames.length !== length) this.#frames = new Float32Array(length);
    const frames = this.#frames;
    const previous = new Int32Array(steps.length * (numFrames - 1));
    const labels = new Int32Array(steps.length * decisions);
    const weights = new Float32Array(steps.length * decisions);
    for (const [row, { episode, at }] of steps.entries()) {
      for (let i = 0; i < numFrames; i++) {
        const frame = at - numFrames + 1 + i;
        const start = Math.max(0, frame) * size;
        frames.set(episode.frames.data.subarray(start, start + size), (row * numFrames + i) * size);
        if (i > 0)
          previous[row * (numFrames - 1) + i - 1] = frame > 0 ? Number(episode.actions[frame - 1]) : numActions;
        const decision = i - numFrames + decisions;
        if (decision < 0 || frame < 0) continue;
        labels[row * decisions + decision] = Number(episode.actions[frame]);
        weights[row * decisions + decision] = weightOf(episode, frame);
      }
    }
    return {
      frames: float32(frames, [steps.length, numFrames, height, width, 3]),
      ...previousInput(this.#network, previous),
      labels: int32(labels, [steps.length, decisions]),
      weights: float32(weights, [steps.length, decisions]),
    };
  }
}

function weightOf({ weights }: Demonstration, at: number): number {
  return weights === undefined ? 1 : Number(weights[at]);
}

/**
 * @throws ShapeError for frames of another size, that are no bytes, or fewer or more than they say, or not one action between
 * each two; DataError for an action out of range, or a weight that is negative or not finite.
 */
export function expectDemonstration({ height, width, numActions }: PolicyNetwork, episode: Demonstration): void {
  const { frames, actions, weights } = episode;
  if (frames.height !== height || frames.width !== width) {
    throw new ShapeError(
      `demonstrations: frames must be ${width}x${height}, got ${frames.width}x${frames.height} - resize them`,
    );
  }
  if (!areWhole(frames)) {
    throw new ShapeError(
      `demonstrations: frames must be uint8 [${frames.count}, ${height}, ${width}, 3], got ` +
        `${frames.data.constructor.name} of ${frames.data.length}, not ${frames.count * bytesPerFrame(frames)}`,
    );
  }
  if (actions.length !== frames.count - 1 || (weights !== undefined && weights.length !== actions.length)) {
    throw new ShapeError(
      `demonstrations: ${frames.count} frames must have ${frames.count - 1} actions and as many weights, got ` +
        `${actions.length} and ${weights?.length ?? "none"}`,
    );
  }
  const action = Array.from(actions).find((value) => !Number.isInteger(value) || value < 0 || value >= numActions);
  if (action !== undefined)
    throw new DataError(`demonstrations: an action must lie in [0, ${numActions}), got ${action}`);
  const weight = Array.from(weights ?? []).find((value) => !(value >= 0 && value < Infinity));
  if (weight !== undefined) throw new DataError(`demonstrations: a weight must be finite and from 0 on, got ${weight}`);
}
