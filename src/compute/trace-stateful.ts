import { CompileError } from "../core/errors.ts";
import { specsOf, type TensorSpec } from "../core/host-tensor.ts";
import type { PrepareOptions, Ring } from "./engine.ts";
import type { Precision } from "./precision.ts";
import { expectSlot } from "./ring.ts";
import { resultsOf, trace, type Signature, type TensorFunction } from "./trace.ts";

/** Output names of state entries end in this, since an ONNX input and output cannot share a name. */
export const NEXT = ":next";

/** What a traced graph depends on besides its function. */
export type GraphOptions = {
  /** What products are computed in where the function may approximate; float32 by default. */
  readonly precision?: Precision | undefined;
  /** Whether operators that only ONNX Runtime's CPU has may be used; true by default. */
  readonly isForCpu?: boolean;
};

/** The ONNX model of a prepared function: its state is among the inputs, and what replaces it among the outputs. */
export function traceStateful(
  fn: TensorFunction,
  prepare: PrepareOptions,
  { precision: asked = "float32", isForCpu = true }: GraphOptions = {},
): { bytes: Uint8Array; outputs: Signature } {
  const { name, inputs, constants = {}, state = {}, rings = {}, mayApproximate = false } = prepare;
  const target = { precision: mayApproximate ? asked : "float32", isForCpu };
  const renamed: TensorFunction = (tensors) =>
    Object.fromEntries(resultsOf(fn(tensors), name).map(([key, y]) => [key in state ? key + NEXT : key, y]));
  const { bytes, outputs } = trace(renamed, { ...inputs, ...specsOf(state) }, constants, name, target);
  for (const [key, entry] of Object.entries(state)) expectNext(name, key, entry, outputs[key + NEXT], rings[key]);
  return { bytes, outputs };
}

function expectNext(name: string, key: string, entry: TensorSpec, next: TensorSpec | undefined, ring?: Ring): void {
  if (next === undefined) return;
  if (ring) return expectSlot(`compile(${name}): state ${key}`, ring, entry, next);
  if (next.dtype === entry.dtype && next.shape.join() === entry.shape.join()) return;
  throw new CompileError(
    `compile(${name}): state ${key} must keep its shape ${entry.dtype}[${entry.shape.join()}], got ` +
      `${next.dtype}[${next.shape.join()}] - return it unchanged in shape`,
  );
}
