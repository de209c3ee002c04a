import { isRecord } from "../../core/record.ts";
import { isDeepStrictEqual } from "node:util";

import type { AnyVectorEnv } from "../../env/env.ts";
import type { AnyEnv } from "../../env/wrapper.ts";
import type { ResetArgs } from "../../env/env.ts";
import { call } from "./run-checks.ts";
import { part } from "./subject.ts";
import type { Plan } from "./subject.ts";

/** One call of a rollout: the very result, and a copy of what it was when it was returned. */
export type Call = {
  readonly kind: "reset" | "step";
  readonly path: string;
  readonly result: unknown;
  readonly copy: unknown;
  /** The call changed the action, or the options, that it was given. */
  readonly argumentMutated: boolean;
};

/** Plays a plan from its seed on, one episode after another; `beforeStep` runs before each step. */
export async function rollout(
  env: AnyEnv | AnyVectorEnv,
  plan: Plan,
  beforeStep: () => Promise<void> = async () => {},
): Promise<Call[]> {
  const start = await resetCall(env, "reset", { seed: plan.seed, options: plan.options });
  return [start, ...(await play(env, plan, start.result, beforeStep))];
}

/** Plays a plan's actions in an environment whose last result was `last`. */
export async function play(
  env: AnyEnv | AnyVectorEnv,
  { actions, restart }: Plan,
  last: unknown,
  beforeStep: () => Promise<void> = async () => {},
): Promise<Call[]> {
  const calls: Call[] = [];
  for (const [i, action] of actions.entries()) {
    const args = restart(calls.length === 0 ? last : calls.at(-1)?.result);
    if (args !== null) calls.push(await resetCall(env, `reset before step ${i + 1}`, args));
    await beforeStep();
    calls.push(await stepCall(env, `step ${i + 1}`, action));
  }
  return calls;
}

/** Resets once, with a copy of the arguments. */
export function resetCall(env: AnyEnv | AnyVectorEnv, path: string, args: ResetArgs): Promise<Call> {
  return record("reset", path, args, (given) => env.reset(given));
}

/** Steps once, with a copy of the action. */
export function stepCall(env: AnyEnv | AnyVectorEnv, path: string, action: unknown): Promise<Call> {
  return record("step", path, action, (given) => env.step(given));
}

/** Makes a call with a copy of its argument. */
export async function record<T>(
  kind: Call["kind"],
  path: string,
  argument: T,
  work: (given: T) => unknown,
): Promise<Call> {
  const given = structuredClone(argument);
  const result = await call(path, () => work(given));
  return { kind, path, result, copy: copyOf(result), argumentMutated: !isDeepStrictEqual(given, argument) };
}

/** A deep copy of a result, without the parts that cannot be copied. */
export function copyOf(result: unknown): unknown {
  if (!Array.isArray(result)) return isCloneable(result) ? structuredClone(result) : null;
  const parts: readonly unknown[] = result;
  return parts.map((value) => (isCloneable(value) ? structuredClone(value) : null));
}

/** Whether `structuredClone`, and so a worker, takes the value. */
export function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

const PARTS = {
  reset: ["obs", "info"],
  step: ["obs", "reward", "terminated", "truncated", "info"],
} as const;

/** Where two rollouts first differ, as `step 3.obs`; null where they are equal. */
export function firstDifference(a: readonly Call[], b: readonly Call[]): string | null {
  for (const [i, { kind, path, copy }] of a.entries()) {
    const other = b[i]?.copy;
    if (isDeepStrictEqual(copy, other)) continue;
    const differs = PARTS[kind].find((_, j) => !isDeepStrictEqual(timeless(part(copy, j)), timeless(part(other, j))));
    if (differs !== undefined) return `${path}.${differs}`;
    if (!Array.isArray(copy)) return path;
  }
  return null;
}

/** A value without what `RecordEpisodeStatistics` measures by the clock: `episode.t` of an info. */
function timeless(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { episode, final_info: last, ...rest } = value;
  const statistics = isRecord(episode) ? { ...episode, t: null } : episode;
  return { ...rest, episode: statistics, final_info: timeless(last) };
}
