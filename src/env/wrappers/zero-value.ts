import { ConfigError } from "../../core/errors.ts";
import { Box } from "../spaces/box.ts";
import { DictSpace } from "../spaces/dict.ts";
import { Discrete, MultiDiscrete } from "../spaces/discrete.ts";
import type { Space } from "../spaces/space.ts";
import { fillBox } from "./boxes.ts";

/** The member of a space that is nearest to zero. @throws ConfigError for a space without numbers. */
export function zeroValue<T>(space: Space<T>): T {
  const zero = zeroOf(space);
  if (space.contains(zero)) return zero;
  throw new ConfigError(`zeroValue: the space must be made of numbers, got ${space.constructor.name}`);
}

function zeroOf(space: Space<unknown>): unknown {
  if (space instanceof Discrete) return 0;
  if (space instanceof MultiDiscrete) return new Int32Array(space.nvec.length);
  if (space instanceof Box) {
    return fillBox(space, (i) => Math.min(Math.max(0, Number(space.low[i])), Number(space.high[i])));
  }
  if (!(space instanceof DictSpace)) return undefined;
  const entries = Object.entries<Space<unknown>>(space.spaces);
  return Object.fromEntries(entries.map(([key, inner]) => [key, zeroOf(inner)]));
}
