import * as tf from "@tensorflow/tfjs";
import { bools, exactly, floats, floatsOf, ints, intsOf, smooth, values, type Case, type CaseTable } from "./case.ts";

/** Gathers by constant indices, so that the data alone are differentiated. */
function gathered(shape: readonly number[], indices: Case["inputs"][number], axis: number, batchDims = 0): Case[] {
  const pick = (x: tf.Tensor, at: tf.Tensor): tf.Tensor => tf.gather(x, tf.cast(at, "int32"), axis, batchDims);
  const at = Array.from(indices.data);
  return [
    values(pick, floats(shape), indices),
    smooth((x) => pick(x, tf.tensor(at, [...indices.shape], "int32")), floats(shape)),
  ];
}

/** The package's own kernel: repeated places add up. */
function scatterAdd(x: tf.Tensor, at: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel("ScatterAdd", { tensor: x, indices: at, updates: y });
}

function scatterAddInOps(x: tf.Tensor, at: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return tf.add(x, tf.scatterND(at, y, x.shape));
}

const places = intsOf([0, 2, 0, 1], [4]);
const places2 = intsOf([0, 1, 2, 0, 1, 1], [3, 2]);

/** Cases of kernels that pick or place by index. */
export const indexCases: CaseTable = {
  Diag: [values(tf.diag, floats([4])), values(tf.diag, floats([2, 3])), values(tf.diag, ints([3]))],
  GatherNd: [
    values((x, at) => tf.gatherND(x, at), floats([3, 4]), places2),
    values((x, at) => tf.gatherND(x, at), ints([3, 4, 2]), places2),
    values((x, at) => tf.gatherND(x, at), floats([3, 4]), intsOf([2, 0], [2, 1])),
  ],
  GatherV2: [
    ...gathered([3, 4], places, 0),
    ...gathered([3, 4], places2, 0),
    ...gathered([2, 4, 3], places, -1),
    ...gathered([2, 4, 3], places2, 1),
    ...gathered([2, 3, 4], ints([2, 5], 0, 3), 1, 1),
    values((x, at) => tf.gather(x, at, 2, 2), floats([2, 2, 3]), ints([2, 2, 4], 0, 3)),
    values((x, at) => tf.gather(x, at, 2, 1), floats([2, 3, 4, 5]), ints([2, 6], 0, 4)),
    values((x, at) => tf.gather(x, at, 3, 1), floats([2, 3, 4, 5]), ints([2, 2, 3], 0, 5)),
    values((x, at) => tf.gather(x, at), bools([5]), places),
    values((x, at) => tf.gather(x, at), ints([5]), intsOf([3], [])),
  ],
  OneHot: [
    exactly((at) => tf.oneHot(at, 4), intsOf([0, 3, -1, 4, 2])),
    values((at) => tf.oneHot(at, 3, 5, -1), ints([2, 3], 0, 3)),
    values((at) => tf.oneHot(at, 3, 1, 0, "float32"), ints([4], 0, 3)),
    values((at) => tf.oneHot(at, 3, 0.5, 0.25, "float32"), intsOf([2], [])),
    values((at) => tf.oneHot(at, 3, 1, 0, "bool"), ints([4], 0, 3)),
  ],
  ScatterAdd: [
    { ...values(scatterAdd, floats([4]), intsOf([1, 3, 1], [3, 1]), floats([3])), reference: scatterAddInOps },
    { ...values(scatterAdd, floats([3, 2]), places2, floats([3])), reference: scatterAddInOps },
    { ...values(scatterAdd, floats([3, 2]), intsOf([2, 0], [2, 1]), floats([2, 2])), reference: scatterAddInOps },
  ],
  ScatterNd: [
    values((at, x) => tf.scatterND(at, x, [4]), intsOf([1, 3, 1], [3, 1]), floats([3])),
    values((at, x) => tf.scatterND(at, x, [3, 2]), intsOf([2, 0], [2, 1]), floats([2, 2])),
    values((at, x) => tf.scatterND(at, x, [3, 2]), places2, ints([3])),
  ],
  TensorScatterUpdate: [
    exactly((x, at, y) => tf.tensorScatterUpdate(x, at, y), floats([4]), intsOf([1, 3], [2, 1]), floatsOf(7, 8)),
    exactly((x, at, y) => tf.tensorScatterUpdate(x, at, y), ints([3, 2]), intsOf([2, 0], [2, 1]), ints([2, 2])),
  ],
  UnsortedSegmentSum: [
    values((x, ids) => tf.unsortedSegmentSum(x, tf.reshape(ids, [4]), 3), floats([4, 2]), places),
    values((x, ids) => tf.unsortedSegmentSum(x, tf.reshape(ids, [4]), 5), floats([4, 2, 3]), places),
    values((x, ids) => tf.unsortedSegmentSum(x, tf.reshape(ids, [4]), 3), floats([4]), places),
    smooth((x) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 2, 0, 1], "int32"), 3), floats([4, 2])),
  ],
};
