import { ConfigError, DataError } from "../core/errors.ts";
import { normalisedMutualInformation } from "./information.ts";

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
 * do not count. The map is chosen on these very steps, so give many more of them than there are latent actions.
 * @throws ConfigError unless numActions is an integer from 2 on; DataError when a sample's actions are out of range, or no
 * step counts.
 */
export function effectAccuracy<State>(
  samples: readonly ActionSample<State>[],
  { numActions, nextState }: EffectOptions<State>,
): EffectAccuracy {
  if (!Number.isSafeInteger(numActions) || numActions < 2) {
    throw new ConfigError(`effectAccuracy: numActions must be an integer from 2 on, got ${numActions}`);
  }
  const counted = samples.flatMap((sample) => {
    expectActions(sample, numActions);
    const states = Array.from({ length: numActions }, (_, action) => nextState(sample.state, action));
    const agrees = states.map((state) => state === states[sample.action]);
    return agrees.every(Boolean) ? [] : [{ ...sample, agrees }];
  });
  const count = counted.length;
  if (count === 0) {
    throw new DataError(`effectAccuracy: actions must differ in effect somewhere, got none of ${samples.length} steps`);
  }
  const groups = groupByLatentAction(counted).map(
    ([latentAction, steps]) => [latentAction, bestAction(steps)] as const,
  );
  return {
    accuracy: groups.reduce((sum, [, { agreement }]) => sum + agreement, 0) / count,
    constantAccuracy: bestAction(counted).agreement / count,
    nmi: normalisedMutualInformation(
      counted.map(({ latentAction }) => latentAction),
      counted.map(({ action }) => action),
    ),
    map: new Map(groups.map(([latentAction, { action }]) => [latentAction, action])),
    count,
  };
}

/** A step that counts, and which actions agree in effect with the one taken, [numActions]. */
type Step = { readonly latentAction: number; readonly agrees: readonly boolean[] };

/** By rising latent action. */
function groupByLatentAction(steps: readonly Step[]): [number, Step[]][] {
  const groups = new Map<number, Step[]>();
  for (const step of steps) {
    const group = groups.get(step.latentAction);
    if (group === undefined) groups.set(step.latentAction, [step]);
    else group.push(step);
  }
  return [...groups].toSorted(([a], [b]) => a - b);
}

/** The action, of equally good ones the first, that agrees in most of the steps, and in how many. */
function bestAction(steps: readonly Step[]): { readonly action: number; readonly agreement: number } {
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
