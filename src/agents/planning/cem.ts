import { z } from "zod";
import { parseOptions } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import { Branching, type BranchingEnv, type Plan, type PlanGoal } from "./branching.ts";

/** How the cross-entropy method searches. */
export const CEMConfig = z
  .strictObject({
    population: z.int().positive().default(64).describe("plans that an iteration tries"),
    elites: z.int().positive().default(8).describe("of them, those that the next iteration learns from"),
    iterations: z.int().positive().default(5),
    smoothing: z.number().min(0).lt(1).default(0.2).describe("share of the old probabilities that is kept"),
    floor: z.number().min(0).lt(1).default(0.05).describe("share of every choice that stays uniform"),
  })
  .refine(({ population, elites }) => elites <= population, { path: ["elites"], error: "must not exceed population" });
export type CEMConfig = z.infer<typeof CEMConfig>;
/** What a user writes; see `CEMConfig`. */
export type CEMOptions = z.input<typeof CEMConfig>;

/** A plan that was tried: its actions up to the best thing that it saw. */
type Tried = { readonly sequence: readonly number[]; readonly best: number; readonly value: number };

/**
 * Plans by the cross-entropy method (Rubinstein 1999) over sequences of discrete actions: each step has probabilities of
 * its own, which move to the plans that saw the best. A plan counts by the best observation on its way, and of two that
 * are as good the shorter is better. The rows of `env` are lost: they are where plans are tried.
 * @throws ConfigError for an option that breaks a rule, or actions that are not Discrete; DataError for an objective that is
 * no number.
 */
export async function planByCEM<State>(
  env: BranchingEnv<State>,
  goal: PlanGoal<State>,
  rng: Rng,
  options: CEMOptions = {},
): Promise<Plan> {
  const { population, elites, iterations, smoothing, floor } = parseOptions(CEMConfig, options, "planByCEM");
  const branching = new Branching(env, goal, "planByCEM");
  const { numActions, firstAction, horizon, enough, start } = branching;
  let probabilities = Array.from({ length: horizon }, () => new Array<number>(numActions).fill(1 / numActions));
  /** A plan that was tried sees the same again. */
  const known = new Map<string, Tried>();
  let best: Tried = { sequence: [], best: -1, value: start };
  for (let iteration = 0; iteration < iterations && best.value < enough; iteration++) {
    const sequences = Array.from({ length: population }, () =>
      probabilities.map((row) => firstAction + draw(row, rng)),
    );
    const fresh = new Map(sequences.map((sequence) => [keyOf(sequence), sequence]));
    for (const key of known.keys()) fresh.delete(key);
    const seen = await branching.roll(goal.from, [...fresh.values()]);
    for (const [i, [key, sequence]] of [...fresh].entries()) known.set(key, triedOf(sequence, seen[i] ?? []));
    const tried = sequences.flatMap((sequence) => known.get(keyOf(sequence)) ?? []).toSorted(byValue);
    const [first] = tried;
    if (first !== undefined && byValue(first, best) < 0) best = first;
    probabilities = probabilities.map((row, t) => {
      const shares = sharesOf(tried.slice(0, elites), t, { numActions, firstAction });
      return row.map((old, a) => {
        const next = smoothing * old + (1 - smoothing) * (shares?.[a] ?? old);
        return floor / numActions + (1 - floor) * next;
      });
    });
  }
  return { actions: best.sequence.slice(0, best.best + 1), value: best.value, steps: branching.steps };
}

function keyOf(sequence: readonly number[]): string {
  return sequence.join();
}

function triedOf(sequence: readonly number[], values: readonly number[]): Tried {
  const value = Math.max(...values);
  return { sequence, best: values.indexOf(value), value };
}

function byValue(a: Tried, b: Tried): number {
  return b.value - a.value || a.best - b.best;
}

/** How often the elites chose each action at a step, among those whose plan gets there; null where none does. */
function sharesOf(
  elites: readonly Tried[],
  t: number,
  { numActions, firstAction }: { readonly numActions: number; readonly firstAction: number },
): number[] | null {
  const there = elites.filter(({ best }) => t <= best);
  if (there.length === 0) return null;
  const shares = new Array<number>(numActions).fill(0);
  for (const { sequence } of there) {
    const action = (sequence[t] ?? firstAction) - firstAction;
    shares[action] = (shares[action] ?? 0) + 1 / there.length;
  }
  return shares;
}

/** An index by the inverse of the cumulative distribution. */
function draw(probabilities: readonly number[], rng: Rng): number {
  let left = rng.uniform();
  const index = probabilities.findIndex((p) => (left -= p) < 0);
  return index < 0 ? probabilities.length - 1 : index;
}
