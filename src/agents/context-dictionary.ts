import { ConfigError, DataError, ShapeError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import type { ActionCounts } from "./action-dictionary.ts";
import { shuffled } from "./minibatch.ts";

/** A latent action of a video between its neighbours; null stands for none, before the first and after the last. */
export type ActionContext = readonly [previous: number | null, latentAction: number, next: number | null];

/** Labelled steps, each [N]. */
export type LabelledContexts = { readonly contexts: readonly ActionContext[]; readonly actions: ArrayLike<number> };

/** From what says least to what says most. */
const LEVELS: readonly ((context: ActionContext) => string)[] = [
  ([, latentAction]) => `${latentAction}`,
  ([previous, latentAction]) => `${previous} ${latentAction}`,
  ([previous, latentAction, next]) => `${previous} ${latentAction} ${next}`,
];

/** The contexts of all latent actions of a video, in order. */
export function contextsOf(latentActions: ArrayLike<number>): ActionContext[] {
  const at = (t: number): number | null => latentActions[t] ?? null;
  return Array.from({ length: latentActions.length }, (_, t) => [at(t - 1), Number(latentActions[t]), at(t + 1)]);
}

/**
 * From latent to real actions, for video that is there as a whole: a latent action may be one key while the hero rises and
 * another while he falls, and what comes before and after tells. The name of a step is what its labels most probably call
 * its context, by Dirichlet smoothing: the labels of a longer context are counted with those of the shorter one as one label
 * more (MacKay and Peto 1995), so that it takes over as it gathers labels of its own.
 */
export class ContextDictionary {
  readonly #all: readonly number[];
  readonly #levels: readonly ReadonlyMap<string, readonly number[]>[];

  private constructor(all: readonly number[], levels: readonly ReadonlyMap<string, readonly number[]>[]) {
    this.#all = all;
    this.#levels = levels;
  }

  /**
   * @throws ShapeError unless there are as many contexts as actions; ConfigError for none; DataError for an action out of
   * range.
   */
  static fill(
    { contexts, actions }: LabelledContexts,
    { numActions }: Pick<ActionCounts, "numActions">,
  ): ContextDictionary {
    if (contexts.length !== actions.length) {
      throw new ShapeError(
        `ContextDictionary: each context must have an action, got ${contexts.length} and ${actions.length}`,
      );
    }
    if (actions.length === 0) throw new ConfigError("ContextDictionary: one labelled step is needed, got none");
    const wrong = Array.from(actions).find((action) => !Number.isInteger(action) || action < 0 || action >= numActions);
    if (wrong !== undefined) {
      throw new DataError(`ContextDictionary: actions must be integers in [0, ${numActions}), got ${wrong}`);
    }
    const none = new Array<number>(numActions).fill(0);
    const countsBy = (keyOf: (context: ActionContext) => string): Map<string, number[]> => {
      const counts = new Map<string, number[]>();
      for (const [i, context] of contexts.entries()) {
        const row = counts.get(keyOf(context)) ?? [...none];
        row[Number(actions[i])] = Number(row[Number(actions[i])]) + 1;
        counts.set(keyOf(context), row);
      }
      return counts;
    };
    const all = none.map((_, action) => Array.from(actions).filter((taken) => taken === action).length);
    return new ContextDictionary(
      all.map((count) => count / actions.length),
      LEVELS.map(countsBy),
    );
  }

  /** A video's latent actions as real ones, [T]. */
  translate(latentActions: ArrayLike<number>): Int32Array {
    return Int32Array.from(contextsOf(latentActions), (context) => this.#name(context));
  }

  #name(context: ActionContext): number {
    let likely = this.#all;
    for (const [level, keyOf] of LEVELS.entries()) {
      const counts = this.#levels[level]?.get(keyOf(context));
      if (counts !== undefined) likely = normalised(likely.map((share, action) => Number(counts[action]) + share));
    }
    return likely.indexOf(Math.max(...likely));
  }
}

/**
 * Which steps of a video to have labelled, so that rare contexts get names too: each context has labels in proportion to
 * the root of how often it occurs, which steps of it is drawn. Indices of `contexts`, without repetition.
 * @throws ConfigError where fewer steps are there than labels wanted.
 */
export function chooseLabels(contexts: readonly ActionContext[], count: number, rng: Rng): readonly number[] {
  if (count > contexts.length) {
    throw new ConfigError(`chooseLabels: count must be at most ${contexts.length}, the steps there are, got ${count}`);
  }
  const groups = new Map<string, number[]>();
  for (const step of shuffled(contexts.length, rng)) {
    const key = String(contexts[step]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [step]);
    else group.push(step);
  }
  // As seats are given to parties by Webster's method: the cheapest are taken.
  const offers = [...groups.values()].flatMap((steps) =>
    steps.map((step, i) => ({ step, cost: (i + 0.5) / Math.sqrt(steps.length) })),
  );
  return offers
    .toSorted((a, b) => a.cost - b.cost)
    .slice(0, count)
    .map(({ step }) => step);
}

function normalised(numbers: readonly number[]): number[] {
  const sum = numbers.reduce((total, x) => total + x, 0);
  return numbers.map((x) => x / sum);
}
