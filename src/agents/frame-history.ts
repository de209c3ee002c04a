import { ShapeError } from "../core/errors.ts";

/** What a batch of environments showed last: the frames that a policy decides on, and the actions between them. */
export class FrameHistory {
  readonly numRows: number;
  /** float32 [B, T, H, W, 3] in [0, 255], the latest frame last. */
  readonly frames: Float32Array;
  /** int32 [B, T - 1]: what led to each frame but the first; `unknown` before an episode's start. */
  readonly previous: Int32Array;
  readonly #numFrames: number;
  readonly #frameSize: number;
  readonly #unknown: number;
  #isEmpty = true;

  constructor(
    numRows: number,
    sizes: { readonly numFrames: number; readonly frameSize: number; readonly unknown: number },
  ) {
    this.numRows = numRows;
    this.#numFrames = sizes.numFrames;
    this.#frameSize = sizes.frameSize;
    this.#unknown = sizes.unknown;
    this.frames = new Float32Array(numRows * sizes.numFrames * sizes.frameSize);
    this.previous = new Int32Array(numRows * (sizes.numFrames - 1)).fill(sizes.unknown);
  }

  /**
   * Takes what all rows show now, uint8 [B, H, W, 3]. A row whose episode starts here, or that has shown nothing yet, has seen
   * this frame for ever.
   * @throws ShapeError when there is not one flag per row.
   */
  observe(obs: Uint8Array, starts: ArrayLike<number | boolean> | undefined): void {
    if (starts !== undefined && starts.length !== this.numRows) {
      throw new ShapeError(`act: starts must have a flag for each of ${this.numRows} rows, got ${starts.length}`);
    }
    const [size, length] = [this.#frameSize, this.#numFrames * this.#frameSize];
    for (let row = 0; row < this.numRows; row++) {
      const begin = row * length;
      const isStart = this.#isEmpty || Boolean(starts?.[row]);
      if (!isStart) this.frames.copyWithin(begin, begin + size, begin + length);
      else this.previous.fill(this.#unknown, row * (this.#numFrames - 1), (row + 1) * (this.#numFrames - 1));
      this.frames.set(obs.subarray(row * size, (row + 1) * size), begin + length - size);
      for (let at = isStart ? 0 : length; at < length - size; at += size) {
        this.frames.copyWithin(begin + at, begin + length - size, begin + length);
      }
    }
    this.#isEmpty = false;
  }

  /** Takes what the policy does about it, one action per row. */
  decide(actions: ArrayLike<number>): void {
    const lags = this.#numFrames - 1;
    if (lags === 0) return;
    for (let row = 0; row < this.numRows; row++) {
      this.previous.copyWithin(row * lags, row * lags + 1, (row + 1) * lags);
      this.previous[(row + 1) * lags - 1] = Number(actions[row]);
    }
  }
}
