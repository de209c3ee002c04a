import * as ort from "onnxruntime-node";
import { BackendError, ShapeError } from "../core/errors.ts";

/** The one input of a network from a file: its name, and its sizes, null where any will do. */
export type NetworkInput = { readonly name: string; readonly shape: readonly (number | null)[] };

/** A network that somebody else made, as an ONNX file of one float32 input; its first output is read. */
export type OnnxNetwork = {
  readonly input: NetworkInput;
  /** The first output of `data`, and its shape. */
  run(
    data: Float32Array,
    shape: readonly number[],
  ): Promise<{ readonly data: Float32Array; readonly shape: readonly number[] }>;
  close(): Promise<void>;
};

/**
 * Opens an ONNX file on the CPU.
 * @throws BackendError when it is none that ONNX Runtime reads; ShapeError unless it has one input, float32.
 */
export async function openOnnxNetwork(path: string): Promise<OnnxNetwork> {
  const session = await ort.InferenceSession.create(path).catch((cause: unknown) => {
    throw new BackendError(`${path}: must be an ONNX file that ONNX Runtime opens, got ${String(cause)}`, { cause });
  });
  const [input, ...others] = session.inputMetadata;
  const [output] = session.outputNames;
  if (!input?.isTensor || input.type !== "float32" || others.length > 0 || output === undefined) {
    await session.release();
    throw new ShapeError(
      `${path}: must have one input, float32, and an output, got ${describe(session.inputMetadata)} - export it so`,
    );
  }
  const { name } = input;
  return {
    input: { name, shape: input.shape.map((size) => (typeof size === "number" && size > 0 ? size : null)) },
    run: async (data, shape) => {
      const outputs = await session.run({ [name]: new ort.Tensor("float32", data, [...shape]) });
      const result = outputs[output];
      if (result?.data instanceof Float32Array) return { data: result.data, shape: result.dims };
      throw new ShapeError(`${path}: output ${output} must be float32, got ${String(result?.type)}`);
    },
    close: () => session.release(),
  };
}

function describe(inputs: readonly ort.InferenceSession.ValueMetadata[]): string {
  return inputs.map((input) => (input.isTensor ? `${input.name} ${input.type}` : input.name)).join(", ") || "none";
}
