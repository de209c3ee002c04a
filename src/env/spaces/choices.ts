import { ConfigError, ShapeError } from "../../core/errors.ts";
import { LIMITS } from "./arrays.ts";
import type { FlatBounds } from "./space.ts";

/** A number of choices and the first of them. @throws ConfigError unless all of them are int32 and there is one. */
export function expectChoices(n: number, start: number, where: string): void {
  const [least, greatest] = LIMITS.int32;
  if (!(Number.isInteger(n) && n > 0 && n <= greatest)) {
    throw new ConfigError(`${where}: the number of choices must be a positive int32, got ${n}`);
  }
  if (Number.isInteger(start) && start >= least && start + n - 1 <= greatest) return;
  throw new ConfigError(`${where}: all choices must be int32, got ${n} from start ${start}`);
}

/** The bounds of `n` numbers in [0, 1]. */
export function unitBounds(n: number): FlatBounds {
  return { low: Array.from({ length: n }, () => 0), high: Array.from({ length: n }, () => 1) };
}

/** Writes 1 at `index` and 0 at the other of `n` places. */
export function writeOneHot(index: number, n: number, flat: { [index: number]: number }, at: number): void {
  for (let i = 0; i < n; i++) flat[at + i] = Number(i === index);
}

/** The place of the 1 among `n`. @throws ShapeError unless there is one 1 among zeros. */
export function readOneHot(flat: ArrayLike<number>, at: number, n: number): number {
  let index = -1;
  for (let i = 0; i < n; i++) {
    const entry = flat[at + i];
    if (entry === 0) continue;
    if (entry !== 1 || index >= 0) throw notOneHot(n);
    index = i;
  }
  if (index < 0) throw notOneHot(n);
  return index;
}

function notOneHot(n: number): ShapeError {
  return new ShapeError(`unflatten: one of ${n} numbers must be 1 and the others 0, got something else`);
}
