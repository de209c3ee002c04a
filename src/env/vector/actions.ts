import { InvalidActionError } from "../../core/errors.ts";
import { describe, describeAll, shorten } from "../describe.ts";
import { concatenate, iterate } from "../spaces/batching.ts";
import type { BatchOf } from "../spaces/rows.ts";
import type { Space } from "../spaces/space.ts";

/** Actions of a batch: a member of the batched action space, or a list with one action per row. */
export type ActionsOf<Act> = BatchOf<Act> | readonly Act[];

/** The action spaces of a vector environment. */
type ActionSpaces<Act> = {
  readonly numEnvs: number;
  readonly actionSpace: Space<BatchOf<Act>>;
  readonly singleActionSpace: Space<Act>;
};

/** Actions as a list. @throws InvalidActionError unless there is one member of the single action space per row. */
export function actionList<Act>(env: ActionSpaces<Act>, actions: ActionsOf<Act>): readonly Act[] {
  if (isActionList(env, actions)) return actions;
  if (env.actionSpace.contains(actions)) return iterate(env.singleActionSpace, actions);
  throw refusal(env, actions);
}

/** Actions as a batch. @throws InvalidActionError unless there is one member of the single action space per row. */
export function actionBatch<Act>(env: ActionSpaces<Act>, actions: ActionsOf<Act>): BatchOf<Act> {
  if (env.actionSpace.contains(actions)) return actions;
  if (isActionList(env, actions)) return concatenate(env.singleActionSpace, actions);
  throw refusal(env, actions);
}

function isActionList<Act>(
  { numEnvs, singleActionSpace }: ActionSpaces<Act>,
  actions: unknown,
): actions is readonly Act[] {
  if (!Array.isArray(actions) || actions.length !== numEnvs) return false;
  // Not `every`, which passes over holes.
  for (let row = 0; row < numEnvs; row++) if (!singleActionSpace.contains(actions[row])) return false;
  return true;
}

function refusal<Act>({ numEnvs, singleActionSpace }: ActionSpaces<Act>, actions: unknown): InvalidActionError {
  const rule = `${numEnvs} members of ${shorten(JSON.stringify(singleActionSpace))}, in a list or as their batch`;
  const isSingle = singleActionSpace.contains(actions);
  const remedy = isSingle ? ` - pass an array of ${numEnvs}${numEnvs === 1 ? `: [${describe(actions)}]` : ""}` : "";
  return new InvalidActionError(`step: actions must be ${rule}, got ${describeAll(actions)}${remedy}`);
}

/** What refuses the action of a single environment. */
export function invalidAction(space: Space<unknown>, action: unknown): InvalidActionError {
  const members = shorten(JSON.stringify(space));
  return new InvalidActionError(`step: the action must be a member of ${members}, got ${describe(action)}`);
}
