import { ConfigError, DataError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { bootstrapInterval, type Interval } from "./bootstrap.ts";
import { normalisedMutualInformation } from "./information.ts";
import { mean } from "./mean.ts";

/** One step whose truth is known. */
export type ActionSample<State> = {
  /** Where the step began; `nextState` can go on from it. */
  readonly state: State;
  /** The true action that was taken, in [0, numActions). */
  readonly action: number;
  /** The latent action that was inferred from the frames, an integer from 0 on. */
  readonly latentAction: number;
};

/** What is known of a game by branching. */
export type EffectOptions<State> = {
  /** How many true actions there are. */
  readonly numActions: number;
  /** What an action leads to in a state: equal answers are the same next state. */
  readonly nextState: (state: State, action: number) => string | number;
};

/** A step that counts: at least two actions differ in effect. */
export type EffectStep = {
  /** The true action that was taken. */
  readonly action: number;
  readonly latentAction: number;
  /** Which actions have the effect of the one taken, [numActions]. */
  readonly agrees: readonly boolean[];
};

/** How well latent actions stand for true ones. */
export type EffectAccuracy = {
  /** The share, in [0, 1], of the steps that count in which the mapped action has the effect of the one taken. */
  readonly accuracy: number;
  /** The same where all latent actions are mapped to one action: what a guess without latent actions reaches. */
  readonly constantAccuracy: number;
  /** Normalised mutual information of latent and true actions over the steps that count, in [0, 1]. */
  readonly nmi: number;
  /** The true action that each latent action stands for; latent actions that never count are missing. */
  readonly map: ReadonlyMap<number, number>;
  /** Steps that count: there at least two actions differ in effect. */
  readonly count: number;
};

/**
 * The accuracy of the best map from latent to true actions, where an action is right that leads to the same next state as
 * the one taken: standing before a wall, "right" may as well be "stay". Steps in which all actions lead to the same state
 * do not count. The map is chosen on these very steps, which flatters: `crossFittedEffectAccuracy` does not.
 * @throws ConfigError unless numActions is an integer from 2 on; DataError when a sample's actions are out of range, or no
 * step counts.
 */
export function effectAccuracy<State>(
  samples: readonly ActionSample<State>[],
  options: EffectOptions<State>,
): EffectAccuracy {
  const steps = effectSteps(samples, options);
  if (steps.length === 0) {
    throw new DataError(`effectAccuracy: actions must differ in effect somewhere, got none of ${samples.length} steps`);
  }
  const map = fitActionMap(steps);
  return {
    accuracy: mean(steps.map((step) => Number(isRight(step, map.get(step.latentAction))))),
    constantAccuracy: bestAction(steps).agreement / steps.length,
    nmi: nmiOf(steps),
    map,
    count: steps.length,
  };
}

/**
 * The steps that count, by branching: of each sample all actions are tried, and where all lead to the same state it is
 * left out.
 * @throws ConfigError unless numActions is an integer from 2 on; DataError when a sample's actions are out of range.
 */
export function effectSteps<State>(
  samples: Iterable<ActionSample<State>>,
  { numActions, nextState }: EffectOptions<State>,
): EffectStep[] {
  if (!Number.isSafeInteger(numActions) || numActions < 2) {
    throw new ConfigError(`effectAccuracy: numActions must be an integer from 2 on, got ${numActions}`);
  }
  const steps: EffectStep[] = [];
  for (const sample of samples) {
    expectActions(sample, numActions);
    const states = Array.from({ length: numActions }, (_, action) => nextState(sample.state, action));
    const agrees = states.map((state) => state === states[sample.action]);
    if (!agrees.every(Boolean)) steps.push({ action: sample.action, latentAction: sample.latentAction, agrees });
  }
  return steps;
}

/** The steps of one video or level, which depend on each other. */
export type EffectGroup = { readonly group: string; readonly steps: readonly EffectStep[] };

/** `EffectAccuracy`, measured on videos that the map was not fitted on. */
export type CrossFittedEffectAccuracy = {
  /** With the 95 % bootstrap interval over groups, the maps held fixed. */
  readonly accuracy: Interval;
  /** What one action for all steps reaches, chosen and measured likewise. */
  readonly constantAccuracy: number;
  /** Normalised mutual information over all steps that count: nothing is fitted. */
  readonly nmi: number;
  /** The map of all steps, to show: neither of the two that were scored. */
  readonly map: ReadonlyMap<number, number>;
  readonly count: number;
};

/**
 * The accuracy of the best map from latent to true actions on steps that it was not fitted on: the groups fall into two
 * halves by chance, the map of each is scored on the other, and all steps count alike. A latent action that the one half
 * never shows stands for what is the best guess there.
 * @throws DataError when fewer than two groups hold a step.
 */
export function crossFittedEffectAccuracy(groups: readonly EffectGroup[], rng: Rng): CrossFittedEffectAccuracy {
  const filled = mergeGroups(groups);
  if (filled.length < 2) {
    throw new DataError(`crossFittedEffectAccuracy: two videos must hold steps that count, got ${filled.length}`);
  }
  const halves = intoHalves(filled, rng.split("halves"));
  const scores = halves.flatMap((half, i) => scoreGroups(half, halves[1 - i] ?? []));
  const steps = filled.flatMap((group) => group.steps);
  return {
    accuracy: bootstrapInterval(
      scores.map(({ isRight }) => Number(isRight)),
      { rng: rng.split("bootstrap"), groups: scores.map(({ group }) => group) },
    ),
    constantAccuracy: mean(scores.map(({ isConstantRight }) => Number(isConstantRight))),
    nmi: nmiOf(steps),
    map: fitActionMap(steps),
    count: steps.length,
  };
}

/** Groups of one name, as of a level that was played twice, are one; those without a step are none. */
function mergeGroups(groups: readonly EffectGroup[]): EffectGroup[] {
  const byName = new Map<string, EffectStep[]>();
  for (const { group, steps } of groups) byName.set(group, [...(byName.get(group) ?? []), ...steps]);
  return [...byName].flatMap(([group, steps]) => (steps.length > 0 ? [{ group, steps }] : []));
}

/** At random, and so that both hold about as many steps: the largest group goes where fewer are. */
function intoHalves(groups: readonly EffectGroup[], rng: Rng): [EffectGroup[], EffectGroup[]] {
  const drawn = groups.map((group) => ({ group, key: rng.uniform() })).toSorted((a, b) => a.key - b.key);
  const halves: [EffectGroup[], EffectGroup[]] = [[], []];
  const sizes = [0, 0];
  for (const { group } of drawn.toSorted((a, b) => b.group.steps.length - a.group.steps.length)) {
    const to = (sizes[0] ?? 0) <= (sizes[1] ?? 0) ? 0 : 1;
    halves[to].push(group);
    sizes[to] = (sizes[to] ?? 0) + group.steps.length;
  }
  return halves;
}

function scoreGroups(scored: readonly EffectGroup[], fitted: readonly EffectGroup[]) {
  const known = fitted.flatMap(({ steps }) => steps);
  const map = fitActionMap(known);
  const constant = bestAction(known).action;
  return scored.flatMap(({ group, steps }) =>
    steps.map((step) => ({
      group,
      isRight: isRight(step, map.get(step.latentAction) ?? constant),
      isConstantRight: isRight(step, constant),
    })),
  );
}

function isRight({ agrees }: EffectStep, action: number | undefined): boolean {
  return action !== undefined && agrees[action] === true;
}

function nmiOf(steps: readonly EffectStep[]): number {
  return normalisedMutualInformation(
    steps.map(({ latentAction }) => latentAction),
    steps.map(({ action }) => action),
  );
}

/** The action that agrees in most of the steps of each latent action, by rising latent action. */
function fitActionMap(steps: readonly EffectStep[]): Map<number, number> {
  const groups = new Map<number, EffectStep[]>();
  for (const step of steps) {
    const group = groups.get(step.latentAction);
    if (group === undefined) groups.set(step.latentAction, [step]);
    else group.push(step);
  }
  const sorted = [...groups].toSorted(([a], [b]) => a - b);
  return new Map(sorted.map(([latentAction, group]) => [latentAction, bestAction(group).action]));
}

/** The action, of equally good ones the first, that agrees in most of the steps, and in how many. */
function bestAction(steps: readonly EffectStep[]): { readonly action: number; readonly agreement: number } {
  let best = { action: 0, agreement: 0 };
  for (const action of steps[0]?.agrees.keys() ?? []) {
    const agreement = steps.filter(({ agrees }) => agrees[action]).length;
    if (agreement > best.agreement) best = { action, agreement };
  }
  return best;
}

function expectActions({ action, latentAction }: ActionSample<unknown>, numActions: number): void {
  if (!Number.isSafeInteger(action) || action < 0 || action >= numActions) {
    throw new DataError(`effectAccuracy: action must lie in [0, ${numActions}), got ${action}`);
  }
  if (!Number.isSafeInteger(latentAction) || latentAction < 0) {
    throw new DataError(`effectAccuracy: latentAction must be an integer from 0 on, got ${latentAction}`);
  }
}
