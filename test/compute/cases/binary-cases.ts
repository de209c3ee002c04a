import * as tf from "@tensorflow/tfjs";
import { bools, exactly, floats, floatsOf, ints, intsOf, smooth, values, type Case, type CaseTable } from "./case.ts";

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Every way to broadcast; `of` is `values` where tfjs' own gradient does not undo the broadcast. */
function broadcasting(run: Binary, low = -2, high = 2, of = smooth): readonly Case[] {
  const pairs = [
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3]],
    [[3], [2, 3]],
    [
      [2, 1, 4],
      [3, 1],
    ],
    [[], [2, 2]],
    [[2, 2], []],
    [[], []],
  ];
  return pairs.map(([a = [], b = []]) => of(run, floats(a, low, high), floats(b, low, high)));
}

function comparing(run: Binary): readonly Case[] {
  return [
    values(run, ints([4, 5], 0, 3), ints([5], 0, 3)),
    values(run, floats([3, 1]), floats([2])),
    values(run, floatsOf(1, NaN, Infinity, -0), floatsOf(1, NaN, Infinity, 0)),
    values(run, bools([8]), bools([8])),
  ];
}

const choose = (condition: tf.Tensor, t: tf.Tensor, e: tf.Tensor): tf.Tensor => tf.where(condition, t, e);

const truths: readonly Case["inputs"][] = [
  [bools([6]), bools([6])],
  [bools([2, 1]), bools([3])],
];

const signs = [intsOf([7, -7, 7, -7, 6, -6, 0]), intsOf([2, 2, -2, -2, 3, -3, 5])] as const;
const floatSigns = [floatsOf(7.5, -7.5, 7.5, -7.5, 0.3, 0), floatsOf(2, 2, -2, -2, 0.1, 3)] as const;

/** Cases of kernels of several tensors. */
export const binaryCases: CaseTable = {
  Add: [...broadcasting(tf.add), values(tf.add, ints([3]), ints([2, 3])), values((x) => tf.add(x, 0), ints([3]))],
  AddN: [
    smooth((...xs) => tf.addN(xs), floats([2, 3]), floats([2, 3]), floats([2, 3])),
    values((...xs) => tf.addN(xs), ints([4]), ints([4])),
    values((x) => tf.addN([x]), floats([2])),
  ],
  Atan2: [
    ...broadcasting(tf.atan2),
    exactly(tf.atan2, floatsOf(0, 0, 1, -1, 0, 1, -1), floatsOf(0, 1, 0, 0, -1, -1, -1)),
    exactly(tf.atan2, floatsOf(1, -1), floatsOf(-0, -0)),
  ],
  BitwiseAnd: [values(tf.bitwiseAnd, ints([3, 4]), ints([3, 4]))],
  Equal: comparing(tf.equal),
  FloorDiv: [
    exactly(tf.floorDiv, ...signs),
    values(tf.floorDiv, ints([3, 4]), ints([4], 1, 5)),
    smooth(tf.floorDiv, floats([6]), floats([6], 0.3, 2)),
  ],
  Greater: comparing(tf.greater),
  GreaterEqual: comparing(tf.greaterEqual),
  Less: comparing(tf.less),
  LessEqual: comparing(tf.lessEqual),
  LogicalAnd: [
    ...truths.map((both) => values(tf.logicalAnd, ...both)),
    ...truths.map((b) => values(tf.logicalXor, ...b)),
  ],
  LogicalOr: truths.map((both) => values(tf.logicalOr, ...both)),
  Maximum: [
    smooth(tf.maximum, floats([2, 3]), floats([2, 3])),
    ...broadcasting(tf.maximum, -2, 2, values),
    values(tf.maximum, ints([5]), ints([1])),
    values(tf.maximum, bools([4]), bools([4])),
  ],
  Minimum: [
    smooth(tf.minimum, floats([2, 3]), floats([2, 3])),
    ...broadcasting(tf.minimum, -2, 2, values),
    values(tf.minimum, ints([5]), ints([1])),
  ],
  Mod: [
    exactly(tf.mod, ...signs),
    exactly(tf.mod, ...floatSigns),
    values(tf.mod, ints([3, 4]), ints([4], 1, 5)),
    smooth(tf.mod, floats([6]), floats([6], 0.3, 2)),
  ],
  Multiply: [
    ...broadcasting(tf.mul),
    values(tf.mul, ints([3]), ints([2, 3])),
    values((x) => tf.mul(1, x), floats([3])),
  ],
  NotEqual: comparing(tf.notEqual),
  Pow: [
    ...broadcasting(tf.pow, 0.2, 2),
    values(tf.pow, floats([5]), floatsOf(2)),
    values(tf.pow, ints([4], -3, 4), ints([4], 0, 4)),
  ],
  Prelu: [
    smooth(tf.prelu, floats([2, 3]), floats([2, 3], 0, 1)),
    smooth(tf.prelu, floats([2, 3]), floats([3], 0, 1)),
    values(tf.prelu, floats([2, 3]), floats([], 0, 1)),
  ],
  RealDiv: [
    ...broadcasting(tf.div, 0.3, 2),
    values(tf.div, floatsOf(1, -1, 0), floatsOf(0, 0, 0)),
    values(tf.div, floats([3]), ints([3], 1, 4)),
  ],
  Select: [
    smooth((a, b) => tf.where(tf.tensor2d([[1, 0, 1]], [1, 3], "bool"), a, b), floats([2, 3]), floats([2, 3])),
    values(choose, bools([2, 3]), floats([3]), floats([2, 1])),
    values(choose, bools([4]), ints([4]), ints([4])),
    values(choose, bools([4]), bools([4]), bools([4])),
    values(choose, bools([]), floats([2, 2]), floats([2, 2])),
  ],
  SquaredDifference: [
    smooth(tf.squaredDifference, floats([2, 3]), floats([2, 3])),
    ...broadcasting(tf.squaredDifference, -2, 2, values),
    values(tf.squaredDifference, ints([3]), ints([2, 3])),
  ],
  Sub: [...broadcasting(tf.sub), values(tf.sub, ints([3]), ints([2, 3])), values((x) => tf.sub(x, 0), floats([3]))],
};
