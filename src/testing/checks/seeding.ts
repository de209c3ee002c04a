import { isDeepStrictEqual } from "node:util";

import { describe } from "../../env/describe.ts";
import type { AnyEnv } from "../../env/wrapper.ts";
import { finding } from "../finding.ts";
import type { Finding, FindingCode } from "../finding.ts";
import { checkReset, firstOfEach } from "./results.ts";
import { firstDifference, resetCall } from "./rollout.ts";
import type { Call } from "./rollout.ts";
import { streamState } from "./stream.ts";
import type { Subject } from "./subject.ts";
import { refuses } from "./refusal.ts";

/** A reset, and where it left the environment's random stream. */
type Start = { readonly call: Call; readonly stream: unknown; readonly rngSeed: number };

const INVALID_SEEDS = [-1, 0.5] as const;

/** What the random stream of `reset` owes to seeds, and to being called without one. */
export async function* checkSeeding({ env, seed, options }: Subject<AnyEnv>): AsyncGenerator<Finding> {
  const starts: Start[] = [];
  for (const given of [seed, undefined, seed, undefined, seed + 333, undefined]) {
    const path = given === undefined ? "reset()" : `reset({ seed: ${given} })`;
    const call = await resetCall(env, path, { seed: given, options });
    starts.push({ call, stream: streamState(env), rngSeed: env.rngSeed });
  }
  yield* firstOfEach(
    starts.map(({ call }) => call),
    (call) => checkReset(env.observationSpace, call),
  );
  if (starts[0]?.stream === null) {
    yield finding("rng-missing", "rng", `got ${describe(env.rng)}`);
    return;
  }
  const flaws = [...checkStreams(starts)];
  yield* flaws.length > 0 ? flaws : checkSeedRead(starts, seed);
  if (env.spec?.nondeterministic !== true) yield* checkObservations(starts);
}

/** A seed that is no seed is refused, where seeds are looked at. */
export async function* checkInvalidSeeds(
  { env, options }: Subject,
  found: ReadonlySet<FindingCode>,
): AsyncGenerator<Finding> {
  if (found.has("rng-missing") || found.has("rng-not-reseeded")) return;
  for (const seed of INVALID_SEEDS) {
    if (await refuses(() => env.reset({ seed, options }))) continue;
    yield finding("invalid-seed-accepted", "reset", `got ${seed} taken`);
    return;
  }
}

function* checkStreams([
  seeded,
  unseeded,
  seededAgain,
  unseededAgain,
  other,
  unseededOther,
]: readonly Start[]): Generator<Finding> {
  if (!isSameStream(seeded, seededAgain)) yield finding("rng-not-reseeded", "reset.rng");
  else if (!isSameStream(unseeded, unseededAgain)) yield finding("rng-not-continued", "reset.rng");
  if (isSameStream(seeded, other)) yield finding("seed-ignored", "reset.rng");
  else if (isSameStream(unseeded, unseededOther)) yield finding("seed-default", "reset.rng");
}

function* checkSeedRead([seeded, unseeded]: readonly Start[], seed: number): Generator<Finding> {
  for (const start of [seeded, unseeded]) {
    if (start?.rngSeed === seed) continue;
    yield finding("rng-seed-wrong", "rngSeed", `got ${start?.rngSeed} instead of ${seed} after ${start?.call.path}`);
    return;
  }
}

/** Equal streams must show equal starts. */
function* checkObservations([seeded, unseeded, seededAgain, unseededAgain]: readonly Start[]): Generator<Finding> {
  for (const [start, again] of [
    [seeded, seededAgain],
    [unseeded, unseededAgain],
  ]) {
    if (start === undefined || again === undefined || !isSameStream(start, again)) continue;
    const at = firstDifference([start.call], [again.call]);
    if (at !== null) yield finding("not-deterministic", at, "got another start from the same random stream");
  }
}

function isSameStream(a: Start | undefined, b: Start | undefined): boolean {
  return isDeepStrictEqual(a?.stream, b?.stream);
}
