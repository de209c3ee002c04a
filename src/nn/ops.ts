import * as tf from "@tensorflow/tfjs";
import { TRACING_BACKEND } from "../compute/tracing-backend.ts";

/*
 * The few operations that tfjs lacks or whose generic gradient is slow. Each is a tfjs function with a gradient of its
 * own, so it runs on every backend and compiles.
 */

const NORM_EPSILON = 1e-6;
/** Far below the square of anything that is not zero for all purposes, and far above the smallest float. */
const SMALLEST_SQUARE = 1e-30;
/** No gradient of a norm is steeper than this, however short a row is; 1e-6 under the root of `rmsNorm` says the same. */
const STEEPEST = 1e3;

/** A WebGPU shader may read this many buffers besides the one that it writes; tfjs' addN does not split what is more. */
const MOST_ADDENDS = 7;

/** The sum of one or more tensors of one shape. */
export function sumOf(tensors: readonly tf.Tensor[]): tf.Tensor {
  let left = [...tensors];
  while (left.length > MOST_ADDENDS) {
    const groups = Math.ceil(left.length / MOST_ADDENDS);
    left = Array.from({ length: groups }, (_, i) => tf.addN(left.slice(i * MOST_ADDENDS, (i + 1) * MOST_ADDENDS)));
  }
  return tf.addN(left);
}

/** x, with no gradient flowing back through it. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const identity = tf.customGrad((...args) => {
    const [value] = args;
    if (!isTensor(value)) throw new TypeError("stopGradient: one tensor expected");
    return { value: tf.clone(value), gradFunc: () => tf.zeros(value.shape) };
  });
  return identity(x) as T;
}

/** What `compute` returns. Nothing of it is recorded for gradients, so it may use ops that have none. */
export function withoutGradient(compute: () => tf.Tensor): tf.Tensor {
  const unrecorded = tf.customGrad(() => ({ value: compute(), gradFunc: () => [tf.scalar(0)] }));
  // A function needs an input to have a gradient.
  return unrecorded(tf.scalar(0));
}

/** Passes `quantized` forward and the gradient of x back: the straight-through estimator. */
export function straightThrough<T extends tf.Tensor>(x: T, quantized: T): T {
  return tf.add(x, stopGradient(tf.sub(quantized, x))) as T;
}

/**
 * x / sqrt(mean(x^2) + 1e-6) over the last axis (Zhang and Sennrich 2019; nothing is learnt here: the linear layer behind it
 * has a gain).
 */
export function rmsNorm<T extends tf.Tensor>(x: T): T {
  return normed(x, {
    kernel: "RMSNorm",
    scaleOf: (value) => tf.rsqrt(tf.add(tf.mean(tf.square(value), -1, true), NORM_EPSILON)),
    product: (dy, y) => tf.mean(tf.mul(dy, y), -1, true),
  });
}

/** x / |x| over the last axis: unit vectors, as queries and keys are compared (Henry et al. 2020). Zero stays zero. */
export function unitNorm<T extends tf.Tensor>(x: T): T {
  return normed(x, {
    kernel: "UnitNorm",
    scaleOf: (value) => tf.rsqrt(tf.maximum(tf.sum(tf.square(value), -1, true), SMALLEST_SQUARE)),
    product: (dy, y) => tf.sum(tf.mul(dy, y), -1, true),
  });
}

/** A norm over the last axis. */
type Norm = {
  /** This package's own kernel of it, which the tracer knows. */
  readonly kernel: string;
  /** What x [..., D] is multiplied by, [..., 1]. */
  readonly scaleOf: (x: tf.Tensor) => tf.Tensor;
  /** The product of rows in which normed ones have length 1. */
  readonly product: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor;
};

/** The gradient is written out: the generic one would be a chain of a dozen passes over memory. */
function normed<T extends tf.Tensor>(x: T, { kernel, scaleOf, product }: Norm): T {
  const norm = tf.customGrad((...args) => {
    const [value, save] = args;
    if (!isTensor(value) || typeof save !== "function") throw new TypeError(`${kernel}: one tensor expected`);
    const scale = scaleOf(value);
    const y: tf.Tensor =
      tf.getBackend() === TRACING_BACKEND
        ? tf.engine().runKernel(kernel, { x: value }, { epsilon: NORM_EPSILON })
        : tf.mul(value, scale);
    save([y, tf.minimum(scale, STEEPEST)]);
    return {
      value: y,
      // dx = scale * (dy - y * product(dy, y))
      gradFunc: (dy: tf.Tensor, [ySaved = y, slope = scale]: tf.Tensor[]) =>
        tf.mul(slope, tf.sub(dy, tf.mul(ySaved, product(dy, ySaved)))),
    };
  });
  return norm(x) as T;
}

/** relu(x)^2 (So et al. 2021, "Primer"): as good as GELU here, and two cheap passes instead of an erf. */
export function squaredRelu<T extends tf.Tensor>(x: T): T {
  const activation = tf.customGrad((...args) => {
    const [value, save] = args;
    if (!isTensor(value) || typeof save !== "function") throw new TypeError("squaredRelu: one tensor expected");
    const positive = tf.relu(value);
    save([positive]);
    return {
      value: tf.square(positive),
      // Twice what comes back, not twice what was saved: ONNX Runtime folds the former into the product that it comes from.
      gradFunc: (dy: tf.Tensor, [saved = positive]: tf.Tensor[]) => tf.mul(tf.mul(dy, 2), saved),
    };
  });
  return activation(x) as T;
}

/**
 * Rows of `table_KD` at `ids` (any shape, int32 in [0, K)); the result has one axis more. The gradient adds up rows by a
 * product with one-hot rows where a backend has no scatter (wasm), and by a scatter where we compile.
 */
export function embed(table_KD: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const [size = 1, width = 1] = table_KD.shape;
  const flat = tf.cast(tf.reshape(ids, [-1]), "int32");
  const lookUp = tf.customGrad((...args) => {
    const [table, save] = args;
    if (!isTensor(table) || typeof save !== "function") throw new TypeError("embed: one tensor expected");
    save([flat]);
    return {
      value: tf.gather(table, flat),
      gradFunc: (dy: tf.Tensor, [rows = flat]: tf.Tensor[]) => sumRows(dy as tf.Tensor2D, rows as tf.Tensor1D, size),
    };
  });
  return tf.reshape(lookUp(table_KD), [...ids.shape, width]);
}

/** out[k] = sum of the rows of x_MD whose id is k. */
export function sumRows(x_MD: tf.Tensor2D, ids_M: tf.Tensor1D, size: number): tf.Tensor2D {
  if (tf.getBackend() === TRACING_BACKEND) return tf.unsortedSegmentSum(x_MD, ids_M, size) as tf.Tensor2D;
  return tf.matMul(tf.cast(tf.oneHot(ids_M, size), "float32") as tf.Tensor2D, x_MD, true, false);
}

/** [M, 2]: row m and the column that `columns_M` (int32) names in it. */
function places(columns_M: tf.Tensor): tf.Tensor2D {
  const rows_M = tf.range(0, columns_M.size, 1, "int32");
  return tf.stack([rows_M, tf.cast(tf.reshape(columns_M, [-1]), "int32")], 1) as tf.Tensor2D;
}

/**
 * `x_MK` with `values_M` added to the entry of each row that `columns_M` (int32 in [0, K)) names. A product with one-hot
 * rows would say the same, in several passes over M x K numbers instead of M.
 */
export function addAt(x_MK: tf.Tensor2D, columns_M: tf.Tensor, values_M: tf.Tensor): tf.Tensor2D {
  const at = places(columns_M);
  const add = tf.customGrad((...args) => {
    const [x, values, save] = args;
    if (!isTensor(x) || !isTensor(values) || typeof save !== "function") {
      throw new TypeError("addAt: two tensors expected");
    }
    save([at]);
    return {
      value: scatterAdd(x, at, values),
      gradFunc: (dy: tf.Tensor, [saved = at]: tf.Tensor[]) => [dy, tf.gatherND(dy, saved)],
    };
  });
  return add(x_MK, tf.reshape(values_M, [-1])) as tf.Tensor2D;
}

function scatterAdd(x: tf.Tensor, at: tf.Tensor, values: tf.Tensor): tf.Tensor {
  if (tf.getBackend() !== TRACING_BACKEND) return tf.add(x, tf.scatterND(at, values, x.shape));
  return tf.engine().runKernel("ScatterAdd", { tensor: x, indices: at, updates: values });
}

/**
 * Mean cross-entropy in nats of `logits_MK` against `targets_M` (int32), weighted by `weights_M`; its gradient is the
 * usual (softmax - one-hot) * weight / sum of weights.
 */
export function crossEntropy(logits_MK: tf.Tensor2D, targets_M: tf.Tensor1D, weights_M: tf.Tensor1D): tf.Scalar {
  const total = tf.maximum(tf.sum(weights_M), 1e-6);
  const loss = tf.customGrad((...args) => {
    const [logits, save] = args;
    if (!isTensor(logits) || typeof save !== "function") throw new TypeError("crossEntropy: one tensor expected");
    const probabilities = tf.softmax(logits);
    const chosen = tf.gatherND(probabilities, places(targets_M));
    const nats = tf.neg(tf.log(tf.maximum(chosen, 1e-20)));
    save([probabilities, targets_M, weights_M, total]);
    return {
      value: tf.div(tf.sum(tf.mul(nats, weights_M)), total),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [p = probabilities, targets = targets_M, w = weights_M, sum = total] = saved;
        const slope_M = tf.mul(dy, tf.div(w, sum));
        return addAt(tf.mul(p, tf.expandDims(slope_M, -1)) as tf.Tensor2D, targets, tf.neg(slope_M));
      },
    };
  });
  return loss(logits_MK) as tf.Scalar;
}

function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}
