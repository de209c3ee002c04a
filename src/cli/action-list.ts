import { ConfigError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";

/** What to do for how long; `steps` repeats or cuts the list. */
export type ActionListOptions = {
  readonly names: readonly string[];
  readonly steps?: number | undefined;
  readonly rng: Rng;
};

const DEFAULT_RANDOM_STEPS = 64;

/**
 * Reads a list of latent actions: numbers or names between commas, `right*8` to hold one; or `random`.
 * Returns integers in [0, names.length).
 * @throws ConfigError that names the entry which is no action.
 */
export function parseActions(list: string, { names, steps, rng }: ActionListOptions): number[] {
  if (list === "random") {
    return Array.from({ length: steps ?? DEFAULT_RANDOM_STEPS }, () => rng.integer(names.length));
  }
  const actions = list.split(",").flatMap((entry) => parseEntry(entry.trim(), names));
  return Array.from({ length: steps ?? actions.length }, (_, step) => actions[step % actions.length] ?? 0);
}

function parseEntry(entry: string, names: readonly string[]): number[] {
  const [, name = "", count = "1"] = /^([^*]+?)(?:\*([1-9]\d{0,5}))?$/.exec(entry) ?? [];
  const action = names.includes(name) ? names.indexOf(name) : /^\d+$/.test(name) ? Number(name) : -1;
  if (action >= 0 && action < names.length) return Array.from({ length: Number(count) }, () => action);
  const known = names.map((known_, index) => (known_ === String(index) ? known_ : `${index} (${known_})`)).join(", ");
  throw new ConfigError(`--actions: entries must be actions such as ${known}, got "${entry}"`);
}
