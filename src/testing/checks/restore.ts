import { finding } from "../finding.ts";
import type { Finding, FindingCode } from "../finding.ts";
import { isReproducible } from "./determinism.ts";
import { firstDifference, play, rollout } from "./rollout.ts";
import { call } from "./run-checks.ts";
import type { Subject } from "./subject.ts";

/** Environments that can be saved may offer this pair. */
type Restorable = { getState: () => unknown; setState: (state: unknown) => unknown };

/** From a state that was saved in the middle of a rollout, the rest of it comes out the same. */
export async function* checkRestore(subject: Subject, found: ReadonlySet<FindingCode>): AsyncGenerator<Finding> {
  const { env, actions } = subject;
  if (!isRestorable(env) || !isReproducible(subject, found)) return;
  const half = Math.ceil(actions.length / 2);
  const last = (await rollout(env, { ...subject, actions: actions.slice(0, half) })).at(-1)?.result;
  const rest = { ...subject, actions: actions.slice(half) };
  const state = await call("getState", () => env.getState());
  const expected = await play(env, rest, last);
  await call("setState", () => env.setState(state));
  const at = firstDifference(expected, await play(env, rest, last));
  if (at !== null) yield finding("restore-differs", `${at} after setState`);
}

function isRestorable(env: object): env is Restorable {
  return typeof Reflect.get(env, "getState") === "function" && typeof Reflect.get(env, "setState") === "function";
}
