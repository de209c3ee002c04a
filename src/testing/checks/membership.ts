import { describe, shorten } from "../../env/describe.ts";
import { Box } from "../../env/spaces/box.ts";
import { DictSpace } from "../../env/spaces/dict.ts";
import type { Space } from "../../env/spaces/space.ts";

/** Why a value is not in a space, and where within the value: "" for the whole, `.pixels` for a field. */
export type Reason = { readonly path: string; readonly text: string };

const SHOWN = 10;

/** Every reason why `space` does not contain `value`; at least one, also where a space does not say. */
export function whyOutside(space: Space<unknown>, value: unknown): Reason[] {
  const reasons = space instanceof Box ? whyOutsideBox(space, value) : whyOutsideOther(space, value);
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

/** Whether a value is a record, not a list, an array or null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

type Bounds = { readonly low: ArrayLike<number>; readonly high: ArrayLike<number>; readonly dtype: string };

function whyOutsideBox(box: Bounds, value: unknown): Reason[] {
  const { low, high } = box;
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

function whyOutsideOther(space: Space<unknown>, value: unknown): Reason[] {
  if (!(space instanceof DictSpace) || !isRecord(value)) return [];
  const spaces: Readonly<Record<string, Space<unknown>>> = space.spaces;
  const keys = Object.keys(spaces);
  const wrongKeys = keys.length !== Object.keys(value).length || !keys.every((key) => key in value);
  if (wrongKeys)
    return [{ path: "", text: `got the keys ${Object.keys(value).join(", ")} instead of ${keys.join(", ")}` }];
  return Object.entries(spaces).flatMap(([key, inner]) =>
    inner.contains(value[key])
      ? []
      : whyOutside(inner, value[key]).map(({ path, text }) => ({ path: `.${key}${path}`, text })),
  );
}

/** Whether a value is a typed array. */
export function isNumbers(value: unknown): value is ArrayLike<number> {
  return ArrayBuffer.isView(value) && "length" in value;
}
