import { ConfigError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { concatenate } from "../spaces/batching.ts";
import { Box } from "../spaces/box.ts";
import { DictSpace } from "../spaces/dict.ts";
import { Discrete } from "../spaces/discrete.ts";
import { Graph } from "../spaces/graph.ts";
import { MultiBinary } from "../spaces/multi-binary.ts";
import { MultiDiscrete } from "../spaces/multi-discrete.ts";
import { OneOf } from "../spaces/one-of.ts";
import { Sequence } from "../spaces/sequence.ts";
import type { Space } from "../spaces/space.ts";
import { Text } from "../spaces/text.ts";
import { TupleSpace } from "../spaces/tuple.ts";
import { fillBox } from "./boxes.ts";

/**
 * The member of a space that is nearest to zero, in memory of its own: the numbers nearest to 0, the shortest text (of
 * the first character), the empty sequence, a graph of one node, the first of several spaces.
 * @throws ConfigError for a space of another class.
 */
export function zeroValue<T>(space: Space<T>): T {
  const zero = zeroOf(space);
  if (space.contains(zero)) return zero;
  throw new ConfigError(`zeroValue: the space must be one of Gymnasium's, got ${String(space)}`);
}

function zeroOf(space: Space<unknown>): unknown {
  if (space instanceof Box) return fillBox(space, (i) => nearest(Number(space.low[i]), Number(space.high[i])));
  if (space instanceof Discrete) return nearest(space.start, space.start + space.n - 1);
  if (space instanceof MultiDiscrete) {
    return space.start.map((start, i) => nearest(start, start + Number(space.nvec[i]) - 1));
  }
  if (space instanceof MultiBinary) return new Int8Array(sizeOf(space.shape));
  if (space instanceof Text) return [...space.charset].slice(0, 1).join("").repeat(space.minLength);
  return zeroOfParts(space);
}

function zeroOfParts(space: Space<unknown>): unknown {
  if (space instanceof TupleSpace) return space.spaces.map(zeroOf);
  if (space instanceof OneOf) return [0, ...space.spaces.slice(0, 1).map(zeroOf)];
  if (space instanceof Sequence) return space.stack ? concatenate<unknown>(space.space, []) : [];
  if (space instanceof Graph) {
    return { nodes: concatenate<unknown>(space.nodeSpace, [zeroOf(space.nodeSpace)]), edges: null, edgeLinks: null };
  }
  if (!(space instanceof DictSpace)) return undefined;
  const entries = Object.entries<Space<unknown>>(space.spaces);
  return Object.fromEntries(entries.map(([key, inner]) => [key, zeroOf(inner)]));
}

/** The number in [low, high] that is nearest to zero. */
function nearest(low: number, high: number): number {
  return Math.min(Math.max(0, low), high);
}
