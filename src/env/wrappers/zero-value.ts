import { ConfigError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { Box } from "../spaces/box.ts";
import { DictSpace } from "../spaces/dict.ts";
import { Discrete } from "../spaces/discrete.ts";
import { MultiBinary } from "../spaces/multi-binary.ts";
import { MultiDiscrete } from "../spaces/multi-discrete.ts";
import type { Space } from "../spaces/space.ts";
import { TupleSpace } from "../spaces/tuple.ts";
import { fillBox } from "./boxes.ts";

/** The member of a space that is nearest to zero. @throws ConfigError for spaces of anything but numbers and their parts. */
export function zeroValue<T>(space: Space<T>): T {
  const zero = zeroOf(space);
  if (space.contains(zero)) return zero;
  throw new ConfigError(`zeroValue: the space must be made of numbers, got ${String(space)}`);
}

function zeroOf(space: Space<unknown>): unknown {
  if (space instanceof Box) return fillBox(space, (i) => nearest(Number(space.low[i]), Number(space.high[i])));
  if (space instanceof Discrete) return nearest(space.start, space.start + space.n - 1);
  if (space instanceof MultiDiscrete) {
    return space.start.map((start, i) => nearest(start, start + Number(space.nvec[i]) - 1));
  }
  if (space instanceof MultiBinary) return new Int8Array(sizeOf(space.shape));
  if (space instanceof TupleSpace) return space.spaces.map(zeroOf);
  if (!(space instanceof DictSpace)) return undefined;
  const entries = Object.entries<Space<unknown>>(space.spaces);
  return Object.fromEntries(entries.map(([key, inner]) => [key, zeroOf(inner)]));
}

/** The number in [low, high] that is nearest to zero. */
function nearest(low: number, high: number): number {
  return Math.min(Math.max(0, low), high);
}
