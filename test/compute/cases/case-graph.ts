import * as tf from "@tensorflow/tfjs";
import type { TensorFunction } from "../../../src/compute/trace.ts";
import type { HostTensor } from "../../../src/core/host-tensor.ts";
import type { Case } from "./case.ts";

/** Many cases as one function, so that a session serves them all; each runs on several kinds of inputs. */
export type CaseGraph = {
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** What is compiled. */
  readonly run: TensorFunction;
  /** What is right, on the cpu backend. */
  readonly reference: TensorFunction;
  /** Frees the tensors that `run` captures. */
  readonly dispose: () => void;
};

/** Where a case takes its inputs from: the graph's inputs, tensors of the cpu backend, or tf.fill inside. */
type Source = "input" | "captured" | "uniform";
type Variant = { readonly name: string; readonly sourceOf: (index: number) => Source };

/** The graph of some cases. */
export function caseGraph(cases: readonly Case[]): CaseGraph {
  const inputs: Record<string, HostTensor> = {};
  const captured: Record<string, tf.Tensor> = {};
  for (const [c, { inputs: tensors }] of cases.entries()) {
    for (const [i, tensor] of tensors.entries()) {
      inputs[inputName(c, i)] = tensor;
      captured[inputName(c, i)] = tf.tensor(tensor.data.slice(), [...tensor.shape], tensor.dtype);
    }
  }
  const outputsOf =
    (runOf: (item: Case) => Case["run"]): TensorFunction =>
    (given) =>
      Object.assign(
        {},
        ...cases.flatMap((item, c) =>
          variantsOf(item).map((variant) =>
            runVariant(`case ${c}, ${variant.name}`, { ...item, run: runOf(item) }, (i, tensor) => {
              const source = variant.sourceOf(i);
              if (source === "uniform") return tf.fill([...tensor.shape], tensor.data[0] ?? 0, tensor.dtype);
              const x = (source === "input" ? given : captured)[inputName(c, i)];
              if (!x) throw new Error(`case ${c} has no input ${i}`);
              return x;
            }),
          ),
        ),
      );
  return {
    inputs,
    run: outputsOf((item) => item.run),
    reference: outputsOf((item) => item.reference ?? item.run),
    dispose: () => tf.dispose(captured),
  };
}

function inputName(c: number, i: number): string {
  return `case${c}_input${i}`;
}

function variantsOf({ inputs, allowsUniforms }: Case): Variant[] {
  const all = (source: Source): Variant => ({ name: `all ${source}`, sourceOf: () => source });
  const singles = inputs.map((_, i): Variant => ({
    name: `uniform ${i}`,
    sourceOf: (j) => (i === j ? "uniform" : "input"),
  }));
  return [all("input"), all("captured"), ...(allowsUniforms ? [all("uniform"), ...singles] : [])];
}

function runVariant(
  name: string,
  { run, inputs, isDifferentiable }: Case,
  resolve: (index: number, tensor: HostTensor) => tf.Tensor,
): Record<string, tf.Tensor> {
  const given = inputs.map((tensor, i) => resolve(i, tensor));
  const outputs = named(`${name}, value`, [run(...given)].flat());
  if (!isDifferentiable) return outputs;
  const gradients = tf.grads((...xs) => weightedSum([run(...xs)].flat()))(given);
  return { ...outputs, ...named(`${name}, gradient`, gradients) };
}

function named(prefix: string, tensors: readonly tf.Tensor[]): Record<string, tf.Tensor> {
  return Object.fromEntries(tensors.map((tensor, i) => [`${prefix} ${i}`, tensor]));
}

/** One number that depends on every element differently, so that a misplaced gradient shows. */
function weightedSum(tensors: readonly tf.Tensor[]): tf.Tensor {
  const sums = tensors.map((y) => {
    const weights = Float32Array.from({ length: y.size }, (_, i) => Math.cos(1 + i));
    return tf.sum(tf.mul(tf.cast(y, "float32"), tf.tensor(weights, y.shape)));
  });
  return tf.addN(sums);
}
