import type * as tf from "@tensorflow/tfjs";
import type { GraphBuilder, ValueName } from "../graph.ts";
import { RUNTIME_DOMAIN } from "../graph.ts";
import { dtypeOf, type TracingBackend } from "../tracing-backend.ts";

/*
 * Products with weights in 8-bit integers, which CPUs multiply several times as fast as floats (VNNI, AMX). Weights are
 * quantised per column; a row of the other side has a scale that depends on nothing but that row, or on nothing at all,
 * so that a row's result does not depend on its batch mates. Sums are exact, in 32 bits.
 */

/** Products with fewer weights than this gain nothing. */
const FEWEST_WEIGHTS = 1024;
/** Finding each row's scale costs three passes over rows: a product with fewer weights does not repay them. */
const FEWEST_WEIGHTS_BY_ROW = 32_768;

/** Quantised rows, and how to get back: values are `scale * (rows - zero)`, times `rowScale` [M, 1] where there is one. */
type QuantizedRows = {
  readonly rows: ValueName;
  readonly scale: ValueName;
  readonly zero: ValueName;
  readonly rowScale?: ValueName;
};

/**
 * x W for float32 x [M, K] and constant weights [K, N], computed in integers; null where floats are as fast or the shapes
 * are others.
 */
export function int8Product(backend: TracingBackend, x: tf.TensorInfo, weight: ValueName, columns: number) {
  const [rows = 1, inner = 1] = x.shape;
  const { graph } = backend;
  if (x.shape.length !== 2 || dtypeOf(x) !== "float32" || !graph.isConstant(weight)) return null;
  if (inner * columns < FEWEST_WEIGHTS || Math.min(inner, columns) < 16 || graph.isConstant(backend.name(x)))
    return null;
  const quantized = quantizeRows(backend, x, inner * columns >= FEWEST_WEIGHTS_BY_ROW);
  if (!quantized) return null;
  const { rows: values, scale, zero, rowScale } = quantized;
  const { levels, scales } = quantizeColumns(graph, weight);
  const product = graph.op("MatMulIntegerToFloat", [values, levels, scale, scales, zero], {}, RUNTIME_DOMAIN);
  return backend.info(rowScale ? graph.op("Mul", [product, rowScale]) : product, [rows, columns], "float32");
}

/** Levels -127..127 of weights [K, N], and a scale [N] for each column. The runtime computes both when it opens the graph. */
function quantizeColumns(graph: GraphBuilder, weight: ValueName): { levels: ValueName; scales: ValueName } {
  const largest = graph.op("ReduceMax", [graph.op("Abs", [weight]), graph.int64([0])], { keepdims: 0 });
  const scales = perLevel(graph, largest, 127);
  return { levels: graph.op("QuantizeLinear", [weight, scales], { axis: 1, output_dtype: INT8 }), scales };
}

/** ONNX `TensorProto.DataType` of int8. */
const INT8 = 3;

/** The step between levels of values up to `largest`; never 0, which nothing may be divided by. */
function perLevel(graph: GraphBuilder, largest: ValueName, levels: number): ValueName {
  const step = graph.op("Mul", [largest, graph.scalar(1 / levels, "float32")]);
  return graph.op("Max", [step, graph.scalar(1e-12, "float32")]);
}

/** Rows in 8 bits: over the range that the tracer knows of them, or else, where `perRow`, over the range of each row. */
function quantizeRows(backend: TracingBackend, x: tf.TensorInfo, perRow: boolean): QuantizedRows | null {
  const { graph } = backend;
  const name = backend.name(x);
  const { low, high } = backend.rangeOf(name);
  if (Number.isFinite(low) && Number.isFinite(high)) {
    const step = (high - low) / 255;
    const [scale, zero] = [graph.scalar(step, "float32"), graph.uint8(Math.round(-low / step))];
    return { rows: graph.op("QuantizeLinear", [name, scale, zero]), scale, zero };
  }
  if (!perRow) return null;
  const [rows = 1] = x.shape;
  const isPositive = low >= 0;
  const sizes = isPositive ? name : graph.op("Abs", [name]);
  const rowScale = perLevel(
    graph,
    graph.op("ReduceMax", [sizes, graph.int64([1])], { keepdims: 1 }),
    isPositive ? 255 : 127,
  );
  const zero = isPositive ? 0 : 128;
  const operands = [name, graph.reshape(rowScale, [rows]), graph.uint8(zero, rows)];
  const values = graph.op("QuantizeLinear", operands, { axis: 0 });
  return { rows: values, scale: graph.scalar(1, "float32"), zero: graph.uint8(zero), rowScale };
}
