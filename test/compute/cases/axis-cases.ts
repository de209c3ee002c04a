import * as tf from "@tensorflow/tfjs";
import { bools, exactly, floats, floatsOf, ints, intsOf, smooth, values, type Case, type CaseTable } from "./case.ts";

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

const AXES: readonly (number | number[] | undefined)[] = [undefined, 0, -1, [0, 2], [-1, 1], [0, 1, 2]];

/** Several, negative and all axes, kept or not. */
function reducing(
  run: Reduce,
  make: (shape: readonly number[]) => Case["inputs"][number],
  of = values,
): readonly Case[] {
  return AXES.flatMap((axis) => [
    of((x) => run(x, axis), make([2, 3, 4])),
    of((x) => run(x, axis, true), make([2, 3, 4])),
  ]);
}

const scalarOf = (run: Reduce): Case => smooth((x) => run(x), floats([]));
const ties = floatsOf(1, 5, 5, 0, 5, 1);

/** Cases of kernels along axes. */
export const axisCases: CaseTable = {
  All: [
    ...reducing(tf.all, bools),
    exactly((x) => tf.all(x), { dtype: "bool", shape: [3], data: Uint8Array.of(1, 1, 1) }),
  ],
  Any: reducing(tf.any, bools),
  ArgMax: [
    values((x) => tf.argMax(x), floats([3, 4])),
    values((x) => tf.argMax(x, -1), floats([2, 3, 4])),
    values((x) => tf.argMax(x, 1), ints([2, 3, 4], 0, 3)),
    values((x) => tf.argMax(x), ties),
    values((x) => tf.argMax(x, -1), bools([3, 5])),
  ],
  ArgMin: [
    values((x) => tf.argMin(x, -1), floats([2, 3, 4])),
    values((x) => tf.argMin(x, 0), ints([5, 3], 0, 3)),
    values((x) => tf.argMin(x), ties),
  ],
  Cumprod: [false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) => [
      values((x) => tf.cumprod(x, 1, exclusive, reverse), floats([2, 7])),
      values((x) => tf.cumprod(x, 0, exclusive, reverse), floats([5])),
      values((x) => tf.cumprod(x, 0, exclusive, reverse), floats([1, 2])),
    ]),
  ),
  Cumsum: [false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) => [
      values((x) => tf.cumsum(x, 1, exclusive, reverse), floats([2, 5, 3])),
      smooth((x) => tf.cumsum(x, 1, exclusive, reverse), floats([4, 2])),
      values((x) => tf.cumsum(x, 1, exclusive, reverse), ints([2, 5])),
      // A sum less its last number is not the sum before it.
      values((x) => tf.cumsum(x, 0, exclusive, reverse), floatsOf(1, 1e8, 1e8, 1)),
    ]),
  ),
  Max: [...reducing(tf.max, floats, smooth), ...reducing(tf.max, ints), values((x) => tf.max(x), floats([]))],
  Mean: [
    ...reducing(tf.mean, floats, smooth),
    ...reducing(tf.mean, ints),
    scalarOf(tf.mean),
    values((x) => tf.mean(x), bools([5])),
  ],
  Min: [...reducing(tf.min, floats, smooth), ...reducing(tf.min, ints)],
  Prod: [
    smooth((x) => tf.prod(x), floats([5])),
    smooth((x) => tf.prod(x, 1), floats([2, 4])),
    ...reducing(tf.prod, (shape) => ints(shape, 1, 3)),
  ],
  Softmax: [
    smooth((x) => tf.softmax(x), floats([3, 5])),
    values((x) => tf.softmax(x, 2), floats([2, 3, 4], -80, 80)),
    values((x) => tf.softmax(x), floatsOf(-Infinity, 0, 1)),
  ],
  Sum: [
    ...reducing(tf.sum, floats, smooth),
    ...reducing(tf.sum, ints),
    scalarOf(tf.sum),
    values((x) => tf.sum(x), bools([7])),
    values((x) => tf.sum(x, []), floats([3])),
    smooth((x) => tf.logSoftmax(x), floats([3, 5])),
    smooth((x) => tf.logSumExp(x, -1), floats([3, 5])),
  ],
  TopK: [
    exactly((x) => topK(x, 2), floats([3, 6])),
    exactly((x) => topK(x, 6), ties),
    exactly((x) => topK(x, 3), intsOf([3, 1, 3, 2, 3])),
    exactly((x) => topK(x, 1), floats([2, 2, 3])),
  ],
};

function topK(x: tf.Tensor, k: number): tf.Tensor[] {
  const { values: best, indices } = tf.topk(x, k);
  return [best, indices];
}
