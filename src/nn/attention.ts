import * as tf from "@tensorflow/tfjs";

/** Keys and values of some positions, each [..., G, K, E]. */
export type KeysValues = { readonly keys: tf.Tensor; readonly values: tf.Tensor };

/** Added to the score of a key that must not be seen. Large, but far from overflow: masked keys get weight exactly 0. */
export const MASKED = -1e9;

/** Keys and values that queries [..., G, Q, E], scaled already, are scored against. */
export type Segment = KeysValues & { readonly queries: tf.Tensor };

/**
 * Dot-product attention over one or more segments of keys and values. Segments are scored apart and share one softmax, so
 * that a cache never has to be copied next to the keys of the current frame. The queries are the same in all, up to what a
 * segment's keys need them to be (rotated, where its keys are).
 * bias: added to the scores, broadcastable to [..., G, Q, sum of K].
 */
export function attend(segments: readonly Segment[], bias?: tf.Tensor): tf.Tensor {
  const scores = joined(segments.map(({ queries, keys }) => scoresOf(queries, keys)));
  const weights = tf.softmax(bias ? tf.add(scores, bias) : scores);
  const lengths = segments.map(({ keys }) => keys.shape.at(-2) ?? 0);
  const parts = segments.length === 1 ? [weights] : tf.split(weights, lengths, weights.rank - 1);
  const mixed = segments.map(({ values }, i) => mixture(parts[i] ?? weights, values));
  return mixed.reduce((sum, part) => tf.add(sum, part));
}

/** Scores of all queries [..., Q, E] with all keys [..., K, E]. A single key is cheaper without a matrix product. */
function scoresOf(queries: tf.Tensor, keys: tf.Tensor): tf.Tensor {
  if (keys.shape.at(-2) === 1) return tf.sum(tf.mul(queries, keys), -1, true);
  return tf.matMul(queries, keys, false, true);
}

function mixture(weights: tf.Tensor, values: tf.Tensor): tf.Tensor {
  return values.shape.at(-2) === 1 ? tf.mul(weights, values) : tf.matMul(weights, values);
}

function joined(parts: readonly tf.Tensor[]): tf.Tensor {
  const [first, ...rest] = parts;
  if (!first) throw new TypeError("attend: one segment or more expected");
  return rest.length === 0 ? first : tf.concat([...parts], first.rank - 1);
}

/** Whether query frame `query` may see key frame `key`, as a bias [queries, keys] of 0 and MASKED. */
export function attentionBias(
  queries: number,
  keys: number,
  sees: (query: number, key: number) => boolean,
): tf.Tensor2D {
  const rows = Array.from({ length: queries }, (_, q) =>
    Array.from({ length: keys }, (_unused, k) => (sees(q, k) ? 0 : MASKED)),
  );
  return tf.tensor2d(rows, [queries, keys]);
}
