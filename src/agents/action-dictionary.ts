import { z } from "zod";
import { ConfigError, DataError, ShapeError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";

/** How many actions there are of each kind. */
export type ActionCounts = { readonly numLatentActions: number; readonly numActions: number };

/** Pairs of what a step is called in both languages, each [N]. */
export type ActionPairs = { readonly latentActions: ArrayLike<number>; readonly actions: ArrayLike<number> };

/** A dictionary as JSON: `counts[a][u]` pairs of latent action a and real action u. */
export const DictionaryJSON = z.strictObject({
  counts: z
    .array(z.array(z.int().nonnegative()).min(1))
    .min(1)
    .refine((rows) => rows.every((row) => row.length === rows[0]?.length), "rows must be equally long")
    .refine((rows) => rows.some((row) => row.some((count) => count > 0)), "one pair must be there at least"),
});
export type DictionaryJSON = z.infer<typeof DictionaryJSON>;

/**
 * From latent to real actions, without a look at the observation (Genie, section 3.3): D[a] lists the real actions of
 * the labelled steps whose latent action is a, and acting draws from the list. Where the labels hold no step of a latent
 * action, which the paper leaves open, it draws from all of them.
 */
export class ActionDictionary {
  readonly numLatentActions: number;
  readonly numActions: number;
  readonly #counts: readonly (readonly number[])[];

  private constructor(counts: readonly (readonly number[])[]) {
    this.#counts = counts;
    this.numLatentActions = counts.length;
    this.numActions = counts[0]?.length ?? 0;
  }

  /**
   * The dictionary of these pairs.
   * @throws ShapeError unless there are as many of both; ConfigError for none, or counts that are no positive integers;
   * DataError for one out of range.
   */
  static fill({ latentActions, actions }: ActionPairs, sizes: ActionCounts): ActionDictionary {
    if (latentActions.length !== actions.length) {
      throw new ShapeError(
        `ActionDictionary: each latent action must have an action, got ${latentActions.length} and ${actions.length}`,
      );
    }
    const wrong = Object.entries(sizes).find(([, count]) => !Number.isSafeInteger(count) || count < 1);
    if (wrong !== undefined) {
      throw new ConfigError(`ActionDictionary: ${wrong[0]} must be a positive integer, got ${wrong[1]}`);
    }
    if (actions.length === 0) throw new ConfigError("ActionDictionary: one labelled step is needed, got none");
    const counts = Array.from({ length: sizes.numLatentActions }, () => new Array<number>(sizes.numActions).fill(0));
    for (let i = 0; i < actions.length; i++) {
      const [latent, action] = [Number(latentActions[i]), Number(actions[i])];
      const row = counts[latent];
      const count = row?.[action];
      if (row === undefined || count === undefined) {
        throw new DataError(
          `ActionDictionary: actions must lie in [0, ${sizes.numLatentActions}) and [0, ${sizes.numActions}), got ` +
            `${latent} and ${action}`,
        );
      }
      row[action] = count + 1;
    }
    return new ActionDictionary(counts);
  }

  /** The dictionary that `toJSON` told. */
  static fromJSON(json: DictionaryJSON): ActionDictionary {
    return new ActionDictionary(DictionaryJSON.parse(json).counts);
  }

  toJSON(): DictionaryJSON {
    return { counts: this.#counts.map((row) => [...row]) };
  }

  /** How often each real action was paired with this latent one; of all labels where it never was. */
  counts(latentAction: number): readonly number[] {
    const row = this.#counts[latentAction];
    if (row === undefined) return this.#refuse(latentAction);
    if (row.some((count) => count > 0)) return row;
    return row.map((_, action) => sum(this.#counts.map((counts) => counts[action] ?? 0)));
  }

  /** A real action for a latent one: drawn from its list, or the most frequent there, of equal ones the first. */
  choose(latentAction: number, rng: Rng, { deterministic = false }: { readonly deterministic?: boolean } = {}): number {
    const counts = this.counts(latentAction);
    if (deterministic) return counts.indexOf(Math.max(...counts));
    let left = rng.integer(sum(counts));
    return counts.findIndex((count) => (left -= count) < 0);
  }

  /**
   * What the labels most often call each of these latent actions: a video in real actions. A policy that learns from it
   * need not tell apart what is one action in the real environment, where the paper's learns every latent action.
   */
  translate(latentActions: ArrayLike<number>): Int32Array {
    const names = Array.from({ length: this.numLatentActions }, (_, latent) => {
      const counts = this.counts(latent);
      return counts.indexOf(Math.max(...counts));
    });
    return Int32Array.from(latentActions, (latent) => names[latent] ?? this.#refuse(latent));
  }

  #refuse(latentAction: number): never {
    throw new DataError(
      `ActionDictionary: a latent action must lie in [0, ${this.numLatentActions}), got ${latentAction}`,
    );
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, x) => total + x, 0);
}
