import * as tf from "@tensorflow/tfjs";
import { bools, exactly, floats, ints, smooth, values, type CaseTable } from "./case.ts";

const empty = floats([0, 3]);

/** Cases of kernels that move elements or take parts. */
export const shapeCases: CaseTable = {
  Concat: [
    smooth((a, b) => tf.concat([a, b], 0), floats([2, 3]), floats([1, 3])),
    smooth((a, b, c) => tf.concat([a, b, c], -1), floats([2, 3, 1]), floats([2, 3, 2]), floats([2, 3, 4])),
    values((a, b) => tf.concat([a, b], 0), ints([2]), ints([3])),
    values((a, b) => tf.concat([a, b], 0), bools([2]), bools([3])),
    exactly((a, b) => tf.concat([a, b, tf.zeros([0, 3])], 0), empty, floats([2, 3])),
    exactly((a, b, c) => tf.concat([a, b, c], 0), floats([1, 3]), empty, floats([2, 3])),
    exactly((a, b) => tf.concat([a, b], 1), empty, empty),
  ],
  ExpandDims: [
    smooth((x) => tf.expandDims(x), floats([2, 3])),
    smooth((x) => tf.expandDims(x, -1), floats([2, 3])),
    values((x) => tf.expandDims(x, 1), ints([2, 3])),
    values((x) => tf.expandDims(x), floats([])),
  ],
  FlipLeftRight: [values((x) => tf.image.flipLeftRight(tf.reshape(x, [2, 2, 3, 2])), floats([24]))],
  MirrorPad: [
    smooth(
      (x) =>
        tf.mirrorPad(
          x,
          [
            [1, 2],
            [2, 0],
          ],
          "reflect",
        ),
      floats([3, 4]),
    ),
    smooth(
      (x) =>
        tf.mirrorPad(
          x,
          [
            [3, 2],
            [0, 4],
          ],
          "symmetric",
        ),
      floats([3, 4]),
    ),
    values((x) => tf.mirrorPad(x, [[1, 1]], "reflect"), ints([3])),
  ],
  Pack: [
    smooth((a, b) => tf.stack([a, b]), floats([2, 3]), floats([2, 3])),
    smooth((a, b) => tf.stack([a, b], -1), floats([2, 3]), floats([2, 3])),
    values((a, b, c) => tf.stack([a, b, c], 1), ints([2]), ints([2]), ints([2])),
    values((a, b) => tf.stack([a, b]), floats([]), floats([])),
    values((a) => tf.stack([a]), floats([2])),
  ],
  PadV2: [
    smooth(
      (x) =>
        tf.pad(x, [
          [1, 2],
          [0, 3],
        ]),
      floats([2, 3]),
    ),
    values((x) => tf.pad(x, [[1, 2]], -7), floats([4])),
    values(
      (x) =>
        tf.pad(
          x,
          [
            [0, 1],
            [1, 0],
          ],
          5,
        ),
      ints([2, 2]),
    ),
    values((x) => tf.pad(x, [[2, 1]]), bools([2])),
  ],
  Reshape: [
    smooth((x) => tf.reshape(x, [3, -1]), floats([2, 3, 2])),
    values((x) => tf.reshape(x, []), ints([1, 1])),
    values((x) => tf.reshape(x, [1, 1, 1]), floats([])),
    values((x) => tf.squeeze(x), bools([1, 3, 1])),
    exactly((x) => tf.reshape(x, [3, 0]), empty),
  ],
  Reverse: [
    smooth((x) => tf.reverse(x), floats([3, 4])),
    smooth((x) => tf.reverse(x, -1), floats([3, 4])),
    values((x) => tf.reverse(x, [0, 2]), ints([2, 3, 4])),
    values((x) => tf.reverse(x), bools([5])),
  ],
  Slice: [
    smooth((x) => tf.slice(x, [1, 0], [2, 2]), floats([4, 3])),
    smooth((x) => tf.slice(x, 1), floats([4, 3])),
    values((x) => tf.slice(x, [0, 1], [-1, -1]), ints([4, 3])),
    values((x) => tf.slice(x, [1], [2]), bools([4])),
    values((x) => tf.slice(x, [2, 0], [0, 3]), floats([4, 3])),
  ],
  SplitV: [
    smooth((x) => tf.split(x, 3, 1), floats([2, 6])),
    smooth((x) => tf.split(x, [1, 2, 3], -1), floats([2, 6])),
    values((x) => tf.split(x, [2, -1, 1]), ints([6])),
    values((x) => tf.split(x, [4]), floats([4])),
    values((x) => tf.split(x, 4), floats([4])),
    values((x) => tf.split(x, [0, 4]), floats([4])),
  ],
  StridedSlice: [
    values((x) => tf.stridedSlice(x, [0, 1], [4, 6], [2, 2]), floats([4, 6])),
    values((x) => tf.stridedSlice(x, [3, 5], [0, 1], [-1, -2]), floats([4, 6])),
    values((x) => tf.stridedSlice(x, [-1], [-5], [-1]), ints([4])),
    values((x) => tf.stridedSlice(x, [0, 0], [0, 0], [-1, 1], 3, 3), floats([4, 6])),
    values((x) => tf.stridedSlice(x, [1, 0, 0], [2, 1, 3], [1, 1, 1], 0, 0, 0, 2), floats([4, 6])),
    values((x) => tf.stridedSlice(x, [1, 2], [2, 3], [1, 1], 0, 0, 0, 0, 1), floats([4, 6])),
    values((x) => tf.stridedSlice(x, [0, 1], [1, 3], [1, 1], 0, 0, 1), floats([2, 3, 4])),
  ],
  Tile: [
    smooth((x) => tf.tile(x, [2, 3]), floats([2, 2])),
    smooth((x) => tf.tile(x, [1, 3]), floats([2, 1])),
    values((x) => tf.tile(x, [2]), bools([3])),
    values((x) => tf.broadcastTo(x, [2, 3, 4]), ints([3, 1])),
  ],
  Transpose: [
    smooth((x) => tf.transpose(x), floats([2, 3, 4])),
    smooth((x) => tf.transpose(x, [1, 2, 0]), floats([2, 3, 4])),
    values((x) => tf.transpose(x, [1, 0]), bools([2, 3])),
  ],
  Unpack: [
    smooth((x) => tf.unstack(x), floats([3, 2])),
    smooth((x) => tf.unstack(x, -1), floats([2, 3])),
    values((x) => tf.unstack(x, 1), ints([2, 3, 2])),
  ],
};
