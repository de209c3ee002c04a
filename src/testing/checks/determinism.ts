import { isDeepStrictEqual } from "node:util";

import type { AnyVectorEnv } from "../../env/env.ts";
import type { AnyEnv } from "../../env/wrapper.ts";
import { finding } from "../finding.ts";
import type { Finding, FindingCode } from "../finding.ts";
import { countGlobalRandom } from "./global-random.ts";
import { checkMemory } from "./memory.ts";
import { firstDifference, rollout } from "./rollout.ts";
import type { Call } from "./rollout.ts";
import type { Check } from "./run-checks.ts";
import { streamState } from "./stream.ts";
import { withAnother } from "./subject.ts";
import type { Subject } from "./subject.ts";

const IRREPRODUCIBLE = ["rng-missing", "rng-not-reseeded", "rng-not-continued", "not-deterministic"] as const;

/** Whether rollouts of the environment can be compared: it does not say otherwise, and was not seen to fail at it. */
export function isReproducible({ env }: Subject, found: ReadonlySet<FindingCode>): boolean {
  return env.spec?.nondeterministic !== true && !IRREPRODUCIBLE.some((code) => found.has(code));
}

/** One reset and one step, on whose results every rollout rests. */
export function checkFirstStep<E extends AnyEnv | AnyVectorEnv>(
  checkCalls: (env: E, calls: readonly Call[]) => Iterable<Finding>,
): Check<Subject<E>> {
  return async function* (subject) {
    yield* checkCalls(subject.env, await rollout(subject.env, { ...subject, actions: subject.actions.slice(0, 1) }));
  };
}

/** Plays a rollout: its results as `checkCalls` says, then its memory, its randomness, and a second one like it. */
export function checkRollout<E extends AnyEnv | AnyVectorEnv>(
  checkCalls: (env: E, calls: readonly Call[]) => Iterable<Finding>,
): Check<Subject<E>> {
  return async function* (subject, found) {
    const { env } = subject;
    const [calls, randomCalls] = await countGlobalRandom(() => rollout(env, subject));
    yield* checkCalls(env, calls);
    yield* checkMemory(calls);
    if (randomCalls > 0) yield finding("global-random", "step", `got ${randomCalls} calls of it`);
    if (isReproducible(subject, found)) yield* checkDeterminism(subject, calls);
  };
}

/** Another environment, played alike, returns the same and leaves its random stream in the same place. */
async function* checkDeterminism<E extends AnyEnv | AnyVectorEnv>(
  subject: Subject<E>,
  calls: readonly Call[],
): AsyncGenerator<Finding> {
  const expected = streamState(subject.env);
  const [again, stream] = await withAnother(subject, async (other) => [
    await rollout(other, subject),
    streamState(other),
  ]);
  const at = firstDifference(calls, again);
  if (at !== null) yield finding("not-deterministic", at);
  else if (!isDeepStrictEqual(expected, stream)) yield finding("not-deterministic", "rng", "got another random stream");
}
