import * as tf from "@tensorflow/tfjs";
import { bools, floats, floatsOf, ints, smooth, values, type Case, type CaseTable } from "./case.ts";

type Unary = (x: tf.Tensor) => tf.Tensor;

/** A smooth function where it is defined, at rank 2 and for a scalar. */
function smoothOn(run: Unary, low = -2, high = 2): readonly Case[] {
  return [smooth(run, floats([3, 5], low, high)), smooth(run, floats([], low, high))];
}

const specials = floatsOf(NaN, Infinity, -Infinity, 0, -0, 1.5, -1.5, 3e38);
const halves = floatsOf(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49, -0.51);

/** Cases of kernels of one tensor. */
export const unaryCases: CaseTable = {
  Abs: [...smoothOn(tf.abs), values(tf.abs, ints([7])), values(tf.abs, specials)],
  Acos: smoothOn(tf.acos, -0.9, 0.9),
  Acosh: smoothOn(tf.acosh, 1.1, 4),
  Asin: smoothOn(tf.asin, -0.9, 0.9),
  Asinh: smoothOn(tf.asinh),
  Atan: smoothOn(tf.atan),
  Atanh: smoothOn(tf.atanh, -0.9, 0.9),
  Cast: [
    values((x) => tf.cast(x, "int32"), floats([9], -5, 5)),
    values((x) => tf.cast(x, "bool"), floatsOf(0, -0, 0.3, -7)),
    values((x) => tf.cast(x, "float32"), ints([4])),
    values((x) => tf.cast(x, "bool"), ints([9], -1, 2)),
    values((x) => tf.cast(x, "float32"), bools([5])),
    values((x) => tf.cast(x, "int32"), bools([5])),
    smooth((x) => tf.cast(x, "float32"), floats([3])),
  ],
  Ceil: [smooth(tf.ceil, floats([9])), values(tf.ceil, specials)],
  ClipByValue: [
    smooth((x) => tf.clipByValue(x, -0.5, 1), floats([4, 4])),
    values((x) => tf.clipByValue(x, -Infinity, 0), floats([4, 4])),
    values((x) => tf.clipByValue(x, -3, 4), ints([9])),
  ],
  Cos: smoothOn(tf.cos),
  Cosh: smoothOn(tf.cosh),
  Elu: [...smoothOn(tf.elu)],
  EluGrad: [values((dy, y) => tf.engine().runKernel("EluGrad", { dy, y }), floats([3, 4]), floats([3, 4], -0.9, 2))],
  Erf: smoothOn(tf.erf),
  Exp: [...smoothOn(tf.exp), values(tf.exp, ints([5], -3, 3)), values(tf.exp, specials)],
  Expm1: smoothOn(tf.expm1),
  Floor: [smooth(tf.floor, floats([9])), values(tf.floor, specials)],
  Identity: [smooth(tf.clone, floats([2, 3])), values(tf.clone, bools([3]))],
  IsFinite: [values(tf.isFinite, specials)],
  IsInf: [values(tf.isInf, specials)],
  IsNan: [values(tf.isNaN, specials)],
  LeakyRelu: [smooth((x) => tf.leakyRelu(x, 0.3), floats([3, 4]))],
  Log: [...smoothOn(tf.log, 0.1, 4), values(tf.log, floatsOf(0, -1, Infinity))],
  Log1p: smoothOn(tf.log1p, -0.9, 4),
  LogicalNot: [values(tf.logicalNot, bools([6]))],
  Neg: [...smoothOn(tf.neg), values(tf.neg, ints([5]))],
  Reciprocal: [...smoothOn(tf.reciprocal, 0.2, 3), values(tf.reciprocal, floatsOf(0, Infinity))],
  Relu: [...smoothOn(tf.relu), values(tf.relu, ints([6])), values(tf.relu, specials)],
  Relu6: [smooth(tf.relu6, floats([4, 4], -3, 9)), values(tf.relu6, ints([9]))],
  Round: [values(tf.round, halves), smooth(tf.round, floats([5]))],
  Rsqrt: [...smoothOn(tf.rsqrt, 0.1, 4), values(tf.rsqrt, floatsOf(0, Infinity))],
  Selu: smoothOn(tf.selu),
  Sigmoid: [...smoothOn(tf.sigmoid), values(tf.sigmoid, floatsOf(-100, 100, 20, -20))],
  Sign: [smooth(tf.sign, floats([6])), values(tf.sign, ints([6])), values(tf.sign, floatsOf(0, -0, Infinity))],
  Sin: smoothOn(tf.sin),
  Sinh: smoothOn(tf.sinh),
  Softplus: [...smoothOn(tf.softplus), values(tf.softplus, floatsOf(-50, 50, 0))],
  Sqrt: [...smoothOn(tf.sqrt, 0.1, 4), values(tf.sqrt, floatsOf(0, -1, Infinity))],
  Square: [...smoothOn(tf.square), values(tf.square, ints([5]))],
  Step: [
    smooth((x) => tf.step(x), floats([6])),
    values((x) => tf.step(x, 0.25), floats([6])),
    values((x) => tf.step(x), ints([6], -2, 2)),
  ],
  Tan: smoothOn(tf.tan, -1, 1),
  Tanh: smoothOn(tf.tanh),
};
