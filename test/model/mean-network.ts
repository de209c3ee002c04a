import { writeFileSync } from "node:fs";
import { ATTRIBUTE_TYPE, ELEMENT_TYPE, encodeModel } from "../../src/compute/onnx-schema.ts";

/** Writes a network that averages its input over the axes named: what is left are the features. Returns `path`. */
export function writeMeanNetwork(
  path: string,
  shape: readonly number[],
  axes: readonly number[],
  type: "float32" | "int32" = "float32",
): string {
  const info = (value: string, dims: readonly number[]) => ({
    name: value,
    type: { tensor_type: { elem_type: ELEMENT_TYPE[type], shape: { dim: dims.map((size) => ({ dim_value: size })) } } },
  });
  const kept = shape.filter((_, axis) => !axes.includes(axis));
  const bytes = encodeModel({
    ir_version: 10,
    opset_import: [{ domain: "", version: 21 }],
    graph: {
      name: "mean",
      initializer: [
        {
          name: "axes",
          dims: [axes.length],
          data_type: ELEMENT_TYPE.int64,
          raw_data: new Uint8Array(BigInt64Array.from(axes, BigInt).buffer),
        },
      ],
      input: [info("video", shape)],
      output: [info("features", kept)],
      node: [
        {
          op_type: "ReduceMean",
          input: ["video", "axes"],
          output: ["features"],
          attribute: [{ name: "keepdims", i: 0, type: ATTRIBUTE_TYPE.int }],
        },
      ],
    },
  });
  writeFileSync(path, bytes);
  return path;
}
