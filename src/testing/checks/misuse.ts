import { describe } from "../../env/describe.ts";
import { finding } from "../finding.ts";
import type { Finding, FindingCode } from "../finding.ts";
import { isReproducible } from "./determinism.ts";
import { isNumbers } from "./membership.ts";
import { checkRefusal, errorOf } from "./refusal.ts";
import { firstDifference, resetCall, rollout, stepCall } from "./rollout.ts";
import type { Subject } from "./subject.ts";

/** Values that few action spaces hold. */
const STRANGE_ACTIONS: readonly unknown[] = [-1, 0.5, 2 ** 31, Number.NaN, "left", null, { not: "an action" }];

/** The environment must be fresh. */
export async function* checkStepBeforeReset({ env, actions }: Subject): AsyncGenerator<Finding> {
  yield* checkRefusal(
    () => env.step(structuredClone(actions[0])),
    "ResetNeededError",
    finding("step-before-reset", "step"),
  );
}

/** Where the rollout ends an episode: one step more. */
export async function* checkStepAfterEnd(subject: Subject): AsyncGenerator<Finding> {
  const { env, actions, restart, seed, options } = subject;
  await resetCall(env, "reset", { seed, options });
  for (const [i, action] of actions.entries()) {
    const { result } = await stepCall(env, `step ${i + 1}`, action);
    if (restart(result) === null) continue;
    const path = `step ${i + 2}, after the end`;
    yield* checkRefusal(() => env.step(structuredClone(action)), "ResetNeededError", finding("step-after-end", path));
    return;
  }
}

/** Invalid actions are refused, and leave no trace in a rollout. */
export async function* checkInvalidActions(subject: Subject, found: ReadonlySet<FindingCode>): AsyncGenerator<Finding> {
  const { env, actions, seed, options } = subject;
  const invalid = [...STRANGE_ACTIONS, ...distorted(actions[0])].filter((action) => !env.actionSpace.contains(action));
  await resetCall(env, "reset", { seed, options });
  const flaws = new Map<string, Finding>();
  for (const action of invalid) {
    const accepted = finding("invalid-action-accepted", "step", `got ${describe(action)} taken`);
    for await (const one of checkRefusal(() => env.step(action), "InvalidActionError", accepted))
      flaws.set(one.code, one);
    if (flaws.has(accepted.code)) break;
  }
  yield* flaws.values();
  if (!flaws.has("invalid-action-accepted") && isReproducible(subject, found))
    yield* checkUndisturbed(subject, invalid);
}

async function* checkUndisturbed(subject: Subject, invalid: readonly unknown[]): AsyncGenerator<Finding> {
  const { env } = subject;
  const undisturbed = await rollout(env, subject);
  const disturbed = await rollout(env, subject, async () => {
    for (const action of invalid) await errorOf(() => env.step(action));
  });
  const at = firstDifference(undisturbed, disturbed);
  if (at !== null) yield finding("invalid-action-changed-state", at);
}

/** Arrays like an action, but of another length or not of numbers. */
function distorted(action: unknown): unknown[] {
  if (!isNumbers(action)) return [];
  const values = Array.from(action);
  const arrays = [Float32Array, Float64Array, Int32Array, Uint8Array, Int8Array];
  return [
    ...arrays.flatMap((array) => [array.of(...values, 0), array.from(values.slice(1))]),
    Float32Array.from(values, () => Number.NaN),
    Float64Array.from(values, () => Number.NaN),
  ];
}
