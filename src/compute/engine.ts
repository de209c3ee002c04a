import type { HostTensor, HostTensors } from "../core/host-tensor.ts";
import type { DeviceTensor, LaunchInputs } from "./device-tensors.ts";
import type { Precision } from "./precision.ts";
import type { Signature, TensorFunction } from "./trace.ts";

/** How a tensor function is prepared to run many times. */
export type PrepareOptions = {
  /** Names the graph in errors and files. */
  readonly name: string;
  /** What changes from call to call: passed to `run`. */
  readonly inputs: Signature;
  /** Tensors that never change (weights at inference). */
  readonly constants?: HostTensors;
  /**
   * Tensors that the function replaces: an output named like one of them becomes its next value (weights and optimiser
   * moments while training, the temporal cache while playing). They stay on the engine's device between calls.
   */
  readonly state?: HostTensors;
  /** State entries of which a call replaces one slot: the output of that name is the slot, not the whole entry. */
  readonly rings?: Readonly<Record<string, Ring>>;
  /** An executable of the same engine whose state this one works on too; `state` then only says what that is. */
  readonly sharesStateOf?: Executable;
  /**
   * The function is prepared for one of so many equal parts of a batch, which run side by side. The executable takes and
   * returns whole batches: rows are the first axis of every input, output and state entry.
   */
  readonly shards?: number;
  /**
   * Whether small errors are welcome here where the engine was asked to trade them for speed (its option `precision`). Not
   * where they would be seen, as in pixels; choices between tokens hide them.
   */
  readonly mayApproximate?: boolean;
};

/**
 * A state entry [B, ..., K, ...] that is a ring of slots of size P along `axis`. An output [B, ..., P, ...] goes to slot
 * `slots[b]` of row b, where `slots` names an int32 input [B]; to none where there is no such slot (-1). So a cache that is much
 * larger than what a call adds to it need not be copied.
 */
export type Ring = { readonly axis: number; readonly slots: string };

/** A prepared tensor function. It owns its constants and its state. */
export interface Executable {
  /** Runs once. Returns the outputs that are not state, as host tensors that the caller owns. */
  run(inputs: HostTensors): Promise<HostTensors>;
  /**
   * As `run`, but the outputs stay on the engine's device, where inputs may lie already: nothing waits for the device. Left
   * out by engines that compute in host memory; `launch` of device-tensors.ts serves both.
   */
  launch?(inputs: LaunchInputs): Promise<Record<string, DeviceTensor>>;
  /** A copy of the state (all of it, or the entries named). */
  readState(names?: readonly string[]): Promise<HostTensors>;
  /** Replaces entries of the state. */
  writeState(state: HostTensors): void;
  /**
   * Some rows of every state entry [B, ...], [1, ...] each in memory of their own; nothing of the other rows comes down.
   * @throws ShapeError for rows that the state has not.
   */
  readRows(rows: readonly number[]): Promise<HostTensors[]>;
  /**
   * Row `rows[i]` of every state entry becomes `values[i]`, [1, ...] each. Values that occur several times may travel once.
   * @throws ShapeError for rows that the state has not, and for values of other names or shapes; no row has changed then.
   */
  writeRows(rows: readonly number[], values: readonly HostTensors[]): void;
  /** Frees the engine's memory. May be called twice. */
  close(): void;
}

/** One way to run tensor functions: compiled by ONNX Runtime or XLA, or eagerly on a tfjs backend. */
export interface Engine {
  readonly name: string;
  /** What it computes on, where it says so. */
  readonly device?: { readonly name: string; readonly isCpu: boolean } | undefined;
  /** What it computes products with weights in where it may approximate; float32 when left out. */
  readonly precision?: Precision | undefined;
  /** How many shards a batch of `rows` is best prepared in; 1 when left out. A divisor of `rows`. */
  readonly shardsFor?: (rows: number) => number;
  prepare(fn: TensorFunction, options: PrepareOptions): Promise<Executable>;
  /** Brings tensors that `launch` left on the device down, all in one read (`readTensors` of device-tensors.ts). */
  readonly read?: (tensors: readonly DeviceTensor[]) => Promise<HostTensor[]>;
  /** Waits until all that was closed is freed, in other threads too; nothing to wait for when left out. */
  readonly settle?: () => Promise<void>;
}
