import type { Space } from "./space.ts";

/** Whether two spaces have the same members, and write them the same way; the order of a Dict's keys does not count. */
export function spacesEqual(a: Space<unknown>, b: Space<unknown>): boolean {
  return a.constructor === b.constructor && isSameJSON(a.toJSON(), b.toJSON());
}

function isSameJSON(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isSameJSON(Reflect.get(a, key), Reflect.get(b, key)));
}
