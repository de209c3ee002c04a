import { isRecord } from "../../core/record.ts";
import { describe } from "../../env/describe.ts";
import type { AnyEnv } from "../../env/wrapper.ts";
import type { Space } from "../../env/spaces/space.ts";
import { finding } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { hasNaN, whyOutside } from "./membership.ts";
import { isCloneable } from "./rollout.ts";
import type { Call } from "./rollout.ts";
import { part } from "./subject.ts";

/** The findings of `check` in each call; a code is told at the first call that shows it. */
export function* firstOfEach(calls: readonly Call[], check: (call: Call) => Iterable<Finding>): Generator<Finding> {
  const told = new Set<string>();
  for (const call of calls) {
    const fresh = [...check(call)].filter(({ code }) => !told.has(code));
    for (const { code } of fresh) told.add(code);
    yield* fresh;
  }
}

/** What a single environment returned in a rollout. */
export function* checkResults({ observationSpace }: AnyEnv, calls: readonly Call[]): Generator<Finding> {
  yield* firstOfEach(calls, (call) =>
    call.kind === "reset" ? checkReset(observationSpace, call) : checkStep(observationSpace, call),
  );
  if (part(calls[1]?.result, 3) === true) yield finding("truncated-at-once", "step 1.truncated");
}

/** What `reset` returns. */
export function* checkReset(space: Space<unknown>, { path, result, argumentMutated }: Call): Generator<Finding> {
  if (argumentMutated) yield finding("options-mutated", path);
  if (!Array.isArray(result) || result.length !== 2) {
    yield finding("reset-result", path, `got ${describe(result)}`);
    return;
  }
  yield* checkObs(space, part(result, 0), `${path}.obs`);
  yield* checkInfo(part(result, 1), `${path}.info`);
}

function* checkStep(space: Space<unknown>, { path, result, argumentMutated }: Call): Generator<Finding> {
  if (argumentMutated) yield finding("action-mutated", path);
  if (!isQuintuple(result)) {
    yield finding("step-result", path, `got ${describe(result)}${doneRemedy(result)}`);
    return;
  }
  yield* checkObs(space, part(result, 0), `${path}.obs`);
  const reward = part(result, 1);
  if (!Number.isFinite(reward)) yield finding("reward-not-finite", `${path}.reward`, `got ${describe(reward)}`);
  for (const [i, name] of [
    [2, "terminated"],
    [3, "truncated"],
  ] as const) {
    const flag = part(result, i);
    if (typeof flag !== "boolean") yield finding("flag-not-boolean", `${path}.${name}`, `got ${describe(flag)}`);
  }
  yield* checkInfo(part(result, 4), `${path}.info`);
}

/** Whether a result of `step` is a tuple of five. */
export function isQuintuple(result: unknown): boolean {
  return Array.isArray(result) && result.length === 5;
}

/** An observation of a space, single or batched. */
export function* checkObs(space: Space<unknown>, obs: unknown, path: string): Generator<Finding> {
  if (space.contains(obs)) return;
  if (hasNaN(obs)) yield finding("obs-nan", path);
  else
    for (const reason of whyOutside(space, obs))
      yield finding("obs-outside-space", `${path}${reason.path}`, reason.text);
}

/** An info record. */
export function* checkInfo(info: unknown, path: string): Generator<Finding> {
  if (!isRecord(info)) yield finding("info-not-a-record", path, `got ${describe(info)}`);
  else if (!isCloneable(info)) yield finding("info-not-cloneable", path, `got ${describe(info)}`);
}

function doneRemedy(result: unknown): string {
  return Array.isArray(result) && result.length === 4 ? " - split `done` into terminated and truncated" : "";
}
