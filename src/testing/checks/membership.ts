import { isRecord } from "../../core/record.ts";
import { sizeOf } from "../../core/shape.ts";
import { describe, shorten } from "../../env/describe.ts";
import { Box } from "../../env/spaces/box.ts";
import { DictSpace } from "../../env/spaces/dict.ts";
import { MultiDiscrete } from "../../env/spaces/discrete.ts";
import { Graph } from "../../env/spaces/graph.ts";
import { MultiBinary } from "../../env/spaces/multi-binary.ts";
import { OneOf } from "../../env/spaces/one-of.ts";
import { rowsOf, Sequence } from "../../env/spaces/sequence.ts";
import type { Space } from "../../env/spaces/space.ts";
import { TupleSpace } from "../../env/spaces/tuple.ts";

/** Why a value is not in a space, and where within the value: "" for the whole, `.pixels` for a field. */
export type Reason = { readonly path: string; readonly text: string };

const SHOWN = 10;

/** Every reason why `space` does not contain `value`; at least one, also where a space does not say. */
export function whyOutside(space: Space<unknown>, value: unknown): Reason[] {
  const bounds = boundsOf(space);
  const reasons = bounds === null ? whyOutsideParts(space, value) : whyOutsideBounds(bounds, value);
  return reasons.length > 0
    ? reasons
    : [{ path: "", text: `got ${describe(value)} for ${shorten(JSON.stringify(space))}` }];
}

/** Whether NaN is anywhere in a value. */
export function hasNaN(value: unknown): boolean {
  if (typeof value === "number") return Number.isNaN(value);
  if (value instanceof Float32Array || value instanceof Float64Array) return value.some(Number.isNaN);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  return Object.values(value).some(hasNaN);
}

/** Whether a value is a typed array. */
export function isNumbers(value: unknown): value is ArrayLike<number> {
  return ArrayBuffer.isView(value) && "length" in value;
}

type Bounds = { readonly low: ArrayLike<number>; readonly high: ArrayLike<number> };

/** The bounds of a space of arrays; null for any other. */
function boundsOf(space: Space<unknown>): Bounds | null {
  if (space instanceof Box) return space;
  if (space instanceof MultiDiscrete) {
    const { start, nvec } = space;
    return { low: start, high: start.map((first, i) => first + Number(nvec[i]) - 1) };
  }
  if (!(space instanceof MultiBinary)) return null;
  const low = new Int8Array(sizeOf(space.shape));
  return { low, high: low.map(() => 1) };
}

function whyOutsideBounds({ low, high }: Bounds, value: unknown): Reason[] {
  if (!(value instanceof low.constructor) || !isNumbers(value)) {
    return [{ path: "", text: `got ${describe(value)} where a ${low.constructor.name} belongs` }];
  }
  if (value.length !== low.length) return [{ path: "", text: `got ${value.length} elements instead of ${low.length}` }];
  const outside = Array.from(value).flatMap((element, i) =>
    element >= Number(low[i]) && element <= Number(high[i])
      ? []
      : [`[${i}] = ${element} not in [${low[i]}, ${high[i]}]`],
  );
  if (outside.length === 0) return [];
  const more = outside.length > SHOWN ? ` and ${outside.length - SHOWN} more` : "";
  return [{ path: "", text: `got ${outside.slice(0, SHOWN).join(", ")}${more}` }];
}

function whyOutsideParts(space: Space<unknown>, value: unknown): Reason[] {
  if (space instanceof DictSpace && isRecord(value)) {
    const [keys, given] = [Object.keys(space.spaces), Object.keys(value)];
    const wrongKeys = keys.length !== given.length || !keys.every((key) => key in value);
    if (wrongKeys) return [{ path: "", text: `got the keys ${given.join(", ")} instead of ${keys.join(", ")}` }];
  }
  return partsOfValue(space, value)
    .filter((part) => !part.space.contains(part.value))
    .flatMap((part) =>
      whyOutside(part.space, part.value).map(({ path, text }) => ({ path: `${part.path}${path}`, text })),
    );
}

/** A part of a value, where it is, and the space that it should be of. */
type Part = { readonly path: string; readonly space: Space<unknown>; readonly value: unknown };

/** The parts of a value of a space that is made of others; none where it has not the form of one. */
function partsOfValue(space: Space<unknown>, value: unknown): Part[] {
  if (space instanceof DictSpace && isRecord(value)) {
    const spaces: Readonly<Record<string, Space<unknown>>> = space.spaces;
    return Object.entries(spaces).map(([key, inner]) => ({ path: `.${key}`, space: inner, value: value[key] }));
  }
  if (space instanceof Sequence) return elements(space.space, space.stack ? rowsOf(space.space, value) : value, "");
  if (space instanceof Graph && isRecord(value)) {
    const { nodeSpace, edgeSpace } = space;
    const nodes = elements(nodeSpace, rowsOf(nodeSpace, value["nodes"]), ".nodes");
    if (edgeSpace === null) return nodes;
    return [...nodes, ...elements(edgeSpace, rowsOf(edgeSpace, value["edges"]), ".edges")];
  }
  if (!Array.isArray(value)) return [];
  const list: readonly unknown[] = value;
  if (space instanceof TupleSpace) return list.length === space.spaces.length ? pairs(space.spaces, list) : [];
  if (!(space instanceof OneOf)) return [];
  const chosen = typeof list[0] === "number" ? space.spaces[list[0]] : undefined;
  return chosen === undefined ? [] : [{ path: "[1]", space: chosen, value: list[1] }];
}

function pairs(spaces: readonly Space<unknown>[], values: readonly unknown[]): Part[] {
  return spaces.map((space, i) => ({ path: `[${i}]`, space, value: values[i] }));
}

function elements(space: Space<unknown>, values: unknown, path: string): Part[] {
  return Array.isArray(values) ? values.map((value, i) => ({ path: `${path}[${i}]`, space, value })) : [];
}
