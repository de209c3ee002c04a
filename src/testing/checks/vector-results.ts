import { isRecord } from "../../core/record.ts";
import { describe } from "../../env/describe.ts";
import type { AnyVectorEnv } from "../../env/env.ts";
import { finding } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { checkInfo, checkObs, firstOfEach, isQuintuple } from "./results.ts";
import type { Call } from "./rollout.ts";
import { part } from "./subject.ts";

/** What a vector environment returned in a rollout. */
export function* checkVectorResults(env: AnyVectorEnv, calls: readonly Call[]): Generator<Finding> {
  yield* firstOfEach(calls, (call) => (call.kind === "reset" ? checkReset(env, call) : checkStep(env, call)));
  yield* checkAutoreset(env, calls);
}

/** The rows that a step ended, one flag each. */
export function endedRows({ numEnvs }: AnyVectorEnv, result: unknown): Uint8Array {
  const [terminated, truncated] = [part(result, 2), part(result, 3)];
  return Uint8Array.from({ length: numEnvs }, (_, row) => Number(isSet(terminated, row) || isSet(truncated, row)));
}

function isSet(flags: unknown, row: number): boolean {
  return flags instanceof Uint8Array && flags[row] === 1;
}

function* checkReset(env: AnyVectorEnv, { path, result, argumentMutated }: Call): Generator<Finding> {
  if (argumentMutated) yield finding("options-mutated", path);
  if (!Array.isArray(result) || result.length !== 2) {
    yield finding("reset-result", path, `got ${describe(result)}`);
    return;
  }
  yield* checkObs(env.observationSpace, part(result, 0), `${path}.obs`);
  yield* checkBatchInfo(env, part(result, 1), `${path}.info`);
}

function* checkStep(env: AnyVectorEnv, { path, result, argumentMutated }: Call): Generator<Finding> {
  if (argumentMutated) yield finding("action-mutated", path);
  if (!isQuintuple(result)) {
    yield finding("step-result", path, `got ${describe(result)}`);
    return;
  }
  yield* checkObs(env.observationSpace, part(result, 0), `${path}.obs`);
  yield* checkRewards(env, part(result, 1), `${path}.reward`);
  yield* checkFlags(env, part(result, 2), `${path}.terminated`);
  yield* checkFlags(env, part(result, 3), `${path}.truncated`);
  yield* checkBatchInfo(env, part(result, 4), `${path}.info`);
}

function* checkRewards({ numEnvs }: AnyVectorEnv, rewards: unknown, path: string): Generator<Finding> {
  if (!(rewards instanceof Float64Array) || rewards.length !== numEnvs) {
    yield finding("batch-array-wrong", path, `got ${describe(rewards)}`);
  } else if (!rewards.every(Number.isFinite)) {
    yield finding("reward-not-finite", path, `got ${describe(rewards)}`);
  }
}

function* checkFlags({ numEnvs }: AnyVectorEnv, flags: unknown, path: string): Generator<Finding> {
  if (flags instanceof Uint8Array && flags.length === numEnvs && flags.every((flag) => flag <= 1)) return;
  yield finding("batch-array-wrong", path, `got ${describe(flags)}`);
}

function* checkBatchInfo(env: AnyVectorEnv, info: unknown, path: string): Generator<Finding> {
  yield* checkInfo(info, path);
  if (isRecord(info)) yield* checkMasks(env, info, path);
}

/** At every depth. */
function* checkMasks(
  { numEnvs }: Pick<AnyVectorEnv, "numEnvs">,
  info: Readonly<Record<string, unknown>>,
  path: string,
): Generator<Finding> {
  for (const [key, value] of Object.entries(info)) {
    if (key.startsWith("_")) continue;
    const mask = info[`_${key}`];
    if (!(mask instanceof Uint8Array) || mask.length !== numEnvs) {
      yield finding("info-mask-missing", `${path}.${key}`, `got ${describe(mask)}`);
    }
    if (isRecord(value)) yield* checkMasks({ numEnvs }, value, `${path}.${key}`);
  }
}

/** The first step at which a finished row did not start anew as the mode says. */
function* checkAutoreset(env: AnyVectorEnv, calls: readonly Call[]): Generator<Finding> {
  const mode = env.metadata.autoresetMode;
  for (const [i, call] of calls.entries()) {
    const wrong =
      mode === "SameStep" ? lacksFinal(env, call) : mode === "NextStep" && isNotStart(env, calls[i - 1], call);
    if (!wrong) continue;
    if (mode === "SameStep") yield finding("final-obs-missing", `${call.path}.info`);
    else yield finding("autoreset-wrong", call.path, "got a reward or a flag in a row that only starts anew");
    return;
  }
}

/** In NextStep mode: a row that ended before is paid, or ends. */
function isNotStart(env: AnyVectorEnv, before: Call | undefined, { result }: Call): boolean {
  const now = endedRows(env, result);
  const rewards = part(result, 1);
  return endedRows(env, before?.result).some(
    (ended, row) => ended === 1 && (now[row] === 1 || !(rewards instanceof Float64Array && rewards[row] === 0)),
  );
}

/** In SameStep mode: a row ended, and its last observation, which is one of the single space, is not told. */
function lacksFinal(env: AnyVectorEnv, { result }: Call): boolean {
  const info = part(result, 4);
  const told: Readonly<Record<string, unknown>> = isRecord(info) ? info : {};
  const { final_obs: observations, _final_obs: mask } = told;
  return endedRows(env, result).some(
    (ended, row) =>
      ended === 1 &&
      !(
        isSet(mask, row) &&
        isRecord(told["final_info"]) &&
        env.singleObservationSpace.contains(part(observations, row))
      ),
  );
}
