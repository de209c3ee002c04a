import { isDeepStrictEqual } from "node:util";

import { finding } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { copyOf } from "./rollout.ts";
import type { Call } from "./rollout.ts";

type Range = { readonly start: number; readonly end: number; readonly path: string };

/** Results of different calls share no memory, and no later call changed one. */
export function* checkMemory(calls: readonly Call[]): Generator<Finding> {
  const changed = calls.find(({ result, copy }) => !isDeepStrictEqual(copyOf(result), copy));
  if (changed !== undefined) yield finding("buffer-reused", changed.path, "got one that a later call changed");
  else yield* checkSharing(calls);
}

function* checkSharing(calls: readonly Call[]): Generator<Finding> {
  const taken = new Map<ArrayBufferLike, Range[]>();
  for (const { path, result } of calls) {
    const own = [...viewsIn(result)].map((view) => ({ view, range: rangeOf(view, path) }));
    for (const { view, range } of own) {
      const other = taken.get(view.buffer)?.find(({ start, end }) => start < range.end && range.start < end);
      if (other === undefined) continue;
      yield finding("buffer-reused", path, `got memory that ${other.path} returned, too`);
      return;
    }
    for (const { view, range } of own) taken.set(view.buffer, [...(taken.get(view.buffer) ?? []), range]);
  }
}

function rangeOf({ byteOffset, byteLength }: ArrayBufferView, path: string): Range {
  return { start: byteOffset, end: byteOffset + byteLength, path };
}

function* viewsIn(value: unknown, visited = new Set<unknown>()): Generator<ArrayBufferView> {
  if (typeof value !== "object" || value === null || visited.has(value)) return;
  visited.add(value);
  if (ArrayBuffer.isView(value)) yield value;
  else for (const inner of Object.values(value)) yield* viewsIn(inner, visited);
}
