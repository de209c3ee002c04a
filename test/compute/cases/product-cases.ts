import * as tf from "@tensorflow/tfjs";
import { bools, exactly, floats, ints, smooth, values, type Case, type CaseTable } from "./case.ts";

function rmsNorm(x: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel("RMSNorm", { x }, { epsilon: 1e-6 });
}

function rmsNormInOps(x: tf.Tensor): tf.Tensor {
  return tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6)));
}

function unitNorm(x: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel("UnitNorm", { x }, {});
}

function unitNormInOps(x: tf.Tensor): tf.Tensor {
  return tf.div(x, tf.maximum(tf.norm(x, 2, -1, true), 1e-15));
}

/** fused.matMul lists its ranks; reshaping to the shape a tensor has already gives it its type. */
function fused(activation: tf.fused.Activation, hasBias = true): Case {
  const run = (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor, alpha: tf.Tensor): tf.Tensor =>
    tf.fused.matMul({
      a: tf.reshape<tf.Rank.R2>(a, [3, 4]),
      b: tf.reshape<tf.Rank.R2>(b, [4, 2]),
      ...(hasBias ? { bias } : {}),
      activation,
      ...(activation === "prelu" ? { preluActivationWeights: alpha } : {}),
      leakyreluAlpha: 0.3,
    });
  return values(run, floats([3, 4]), floats([4, 2]), floats([2]), floats([2]));
}

const SIDES = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));

/** Cases of products, and of kernels without inputs. */
export const productCases: CaseTable = {
  BatchMatMul: [
    ...SIDES.flatMap(([transposeA, transposeB]) => [
      smooth(
        (a, b) => tf.matMul(a, b, transposeA, transposeB),
        floats(transposeA ? [4, 3] : [3, 4]),
        floats(transposeB ? [5, 4] : [4, 5]),
      ),
      smooth(
        (a, b) => tf.matMul(a, b, transposeA, transposeB),
        floats(transposeA ? [2, 3, 4, 3] : [2, 3, 3, 4]),
        floats(transposeB ? [2, 3, 5, 4] : [2, 3, 4, 5]),
      ),
    ]),
    values((a, b) => tf.matMul(a, b), floats([2, 3, 4]), floats([1, 4, 2])),
    values((a, b) => tf.matMul(a, b), floats([2, 3, 4]), floats([4, 2])),
    values((a, b) => tf.matMul(a, b), ints([2, 3]), ints([3, 2])),
    smooth((a, b) => tf.dot(a, b), floats([3]), floats([3])),
    smooth((a, b) => tf.outerProduct(tf.reshape(a, [3]), tf.reshape(b, [2])), floats([3]), floats([2])),
  ],
  Einsum: [
    values((a, b) => tf.einsum("ij,jk->ik", a, b), floats([2, 3]), floats([3, 4])),
    values((a, b) => tf.einsum("bij, bkj -> bik", a, b), floats([2, 3, 4]), floats([2, 5, 4])),
    values((a) => tf.einsum("ij->j", a), floats([2, 3])),
    values((a) => tf.einsum("ij->ji", a), floats([2, 3])),
    values((a, b) => tf.einsum("i,i->", a, b), floats([4]), floats([4])),
  ],
  RMSNorm: [
    { ...values(rmsNorm, floats([3, 4])), reference: rmsNormInOps },
    { ...values(rmsNorm, floats([2, 3, 8], -100, 100)), reference: rmsNormInOps },
    { ...exactly(rmsNorm, floats([2, 8], -1e-4, 1e-4)), reference: rmsNormInOps },
  ],
  UnitNorm: [
    { ...values(unitNorm, floats([3, 4])), reference: unitNormInOps },
    { ...values(unitNorm, floats([2, 3, 8], -1e-4, 1e-4)), reference: unitNormInOps },
    { ...exactly(unitNorm, floats([2, 8], 0, 0)), reference: unitNormInOps },
  ],
  _FusedMatMul: [
    fused("linear"),
    fused("linear", false),
    fused("relu"),
    fused("relu6"),
    fused("elu"),
    fused("sigmoid"),
    fused("leakyrelu"),
    fused("prelu"),
  ],
  Fill: [
    values(() => tf.fill([2, 3], 1.5)),
    values(() => tf.fill([2], 3, "int32")),
    values((x) => tf.add(x, tf.fill([2, 1, 3], -2)), floats([4, 1])),
  ],
  LinSpace: [values(() => tf.linspace(-1, 4, 7)), values(() => tf.linspace(2, 2, 1))],
  OnesLike: [values(tf.onesLike, floats([2, 3])), values(tf.onesLike, ints([2])), values(tf.onesLike, bools([2]))],
  Range: [
    values(() => tf.range(0, 5)),
    values(() => tf.range(5, 0)),
    values(() => tf.range(1, 9, 3, "int32")),
    values(() => tf.range(6, -1, -2)),
    values(() => tf.range(0, 1, 0.25)),
  ],
  ZerosLike: [smooth((x) => tf.add(x, tf.zerosLike(x)), floats([2, 3])), values(tf.zerosLike, bools([2]))],
};
