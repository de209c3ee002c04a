import { InvalidActionError, ShapeError } from "../../core/errors.ts";
import { describe, describeAll, shorten } from "../describe.ts";
import { ARRAYS } from "../spaces/arrays.ts";
import type { NumericType } from "../spaces/arrays.ts";
import { concatenate, iterate } from "../spaces/batching.ts";
import { Box } from "../spaces/box.ts";
import { Discrete } from "../spaces/discrete.ts";
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
  throw invalidActions(env, actions);
}

/** Actions as a batch. @throws InvalidActionError unless there is one member of the single action space per row. */
export function actionBatch<Act>(env: ActionSpaces<Act>, actions: ActionsOf<Act>): BatchOf<Act> {
  if (env.actionSpace.contains(actions)) return actions;
  if (isActionList(env, actions)) return concatenate(env.singleActionSpace, actions);
  throw invalidActions(env, actions);
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

/** What refuses the actions of a batch. */
export function invalidActions(
  { numEnvs, singleActionSpace }: { readonly numEnvs: number; readonly singleActionSpace: Space<unknown> },
  actions: unknown,
): InvalidActionError {
  const rule = `${numEnvs} members of ${shorten(JSON.stringify(singleActionSpace))}, in a list or as their batch`;
  const isSingle = singleActionSpace.contains(actions);
  const example = isSingle && numEnvs === 1 ? `: [${describe(actions)}]` : ", one action per row";
  const rows = rowsOf(singleActionSpace, actions);
  // An array of another type than the batch has no rows; a list is always taken.
  const kind = ArrayBuffer.isView(actions) && rows.length === 0 ? "a list" : "an array";
  const bad = rows.length === numEnvs ? rows.findIndex((action) => !singleActionSpace.contains(action)) : -1;
  const remedy =
    bad < 0 ? `pass ${kind} of ${numEnvs}${example}` : `row ${bad}: ${remedyFor(singleActionSpace, rows[bad])}`;
  return new InvalidActionError(`step: actions must be ${rule}, got ${describeAll(actions)} - ${remedy}`);
}

/** What refuses the action of a single environment; `where` begins the message. */
export function invalidAction(space: Space<unknown>, action: unknown, where = "step"): InvalidActionError {
  const members = shorten(JSON.stringify(space));
  const remedy = remedyFor(space, action);
  return new InvalidActionError(
    `${where}: the action must be a member of ${members}, got ${describe(action)} - ${remedy}`,
  );
}

/** What to pass instead, in words that hold in JavaScript and in Python. */
function remedyFor(space: Space<unknown>, action: unknown): string {
  if (space instanceof Discrete) return `pass an integer from ${space.start} to ${space.start + space.n - 1}`;
  if (!(space instanceof Box)) return "pass one as the action space's sample() returns";
  const box: Box<NumericType> = space;
  if (action instanceof ARRAYS[box.dtype] && action.length === box.flat.size)
    return "keep every number between low and high, none NaN";
  return `pass a ${box.dtype} array of shape [${box.shape.join(", ")}]`;
}

/** The actions of a list, holes as undefined, or of a batch, whatever their range; none of anything else. */
function rowsOf(space: Space<unknown>, actions: unknown): readonly unknown[] {
  if (Array.isArray(actions)) return Array.from<unknown>(actions);
  try {
    return iterate<unknown>(space, actions);
  } catch (error) {
    if (error instanceof ShapeError) return [];
    throw error;
  }
}
