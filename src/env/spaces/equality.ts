import { fromNested } from "./arrays.ts";
import type { SpaceJson } from "./space-json.ts";
import type { Space } from "./space.ts";

/** Whether two spaces are of one class with the same settings; the order of a Dict's keys does not count. */
export function spacesEqual(a: Space<unknown>, b: Space<unknown>): boolean {
  return a.constructor === b.constructor && isSameJSON(a.toJSON(), b.toJSON());
}

/**
 * Whether the values of two spaces lie alike in memory: of the same classes, dtypes and shapes, whatever their bounds,
 * choices and characters.
 */
export function isSpaceDtypeShapeEquiv(a: Space<unknown>, b: Space<unknown>): boolean {
  return a.constructor === b.constructor && isSameJSON(layoutOf(a.toJSON()), layoutOf(b.toJSON()));
}

/** A space's JSON without what its values may be. */
function layoutOf(json: SpaceJson): unknown {
  const { type } = json;
  switch (json.type) {
    case "Box":
      return { type, dtype: json.dtype, shape: json.shape };
    case "Discrete":
      return { type };
    case "MultiDiscrete":
      return { type, shape: fromNested(json.nvec)?.shape };
    case "MultiBinary":
      return json;
    case "Text":
      return { type, maxLength: json.max_length };
    case "Dict": {
      const parts = Object.entries(json.subspaces).map(([key, inner]) => [key, layoutOf(inner)]);
      return { type, parts: Object.fromEntries(parts) };
    }
    case "Tuple":
    case "OneOf":
      return { type, parts: json.subspaces.map(layoutOf) };
    case "Sequence":
      return { type, element: layoutOf(json.subspace), stack: json.stack };
    case "Graph":
      return { type, node: layoutOf(json.node_space), edge: json.edge_space && layoutOf(json.edge_space) };
    default:
      return json satisfies never;
  }
}

function isSameJSON(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isSameJSON(Reflect.get(a, key), Reflect.get(b, key)));
}
