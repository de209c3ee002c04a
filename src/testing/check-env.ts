import { inspect, isDeepStrictEqual } from "node:util";

import { GenieError } from "../core/errors.ts";
import type { AsyncEnv, Env, ResetArgs } from "../env/env.ts";

/** What `checkEnv` can find. */
export type FindingCode =
  | "step-before-reset"
  | "sample-outside-space"
  | "obs-outside-space"
  | "obs-nan"
  | "reward-not-finite"
  | "flag-not-boolean"
  | "info-not-cloneable"
  | "not-deterministic"
  | "buffer-reused"
  | "options-mutated"
  | "invalid-action-accepted"
  | "invalid-action-changed-state"
  | "close-twice";

/** One broken rule: `path` says where in the results it shows. */
export type Finding = {
  readonly code: FindingCode;
  readonly severity: "error" | "warn";
  readonly message: string;
  readonly path: string;
};

/** How to check: `options` go to every `reset`; actions come from `seed`. */
export type CheckOptions = {
  readonly steps?: number;
  readonly seed?: number;
  readonly options?: Readonly<Record<string, unknown>>;
};

/** A single environment, answering at once or with promises. */
export type AnyEnv = Env<unknown, unknown, unknown> | AsyncEnv<unknown, unknown, unknown>;

type Settings = Required<CheckOptions>;
type Check = (env: AnyEnv, settings: Settings) => AsyncGenerator<Finding>;
type Step = {
  readonly obs: unknown;
  readonly reward: unknown;
  readonly flags: readonly unknown[];
  readonly info: unknown;
};
/** A result as it was when it was returned, and the very objects that were returned. */
type Returned = { readonly seen: Step; readonly kept: Step };

/** Values that few action spaces hold; those that this one holds are not tried. */
const STRANGE_ACTIONS: readonly unknown[] = [-1, 0.5, 2 ** 31, Number.NaN, "left", null, { not: "an action" }];

/**
 * Tests an environment against the contract, and returns what it breaks; the order is the order of the checks.
 * Pass a fresh environment that nobody has reset. It is closed at the end.
 */
export async function checkEnv(
  env: AnyEnv,
  { steps = 50, seed = 123, options = {} }: CheckOptions = {},
): Promise<Finding[]> {
  const checks: readonly Check[] = [
    checkStepBeforeReset,
    checkSpaces,
    checkOptions,
    checkRollout,
    checkInvalidAction,
    checkClose,
  ];
  const findings: Finding[] = [];
  for (const check of checks) {
    for await (const finding of check(env, { steps, seed, options })) findings.push(finding);
  }
  return findings;
}

/** Throws a `GenieError` that lists what `checkEnv` finds at severity "error"; warnings pass. */
export async function assertEnv(env: AnyEnv, settings: CheckOptions = {}): Promise<void> {
  const errors = (await checkEnv(env, settings)).filter(({ severity }) => severity === "error");
  if (errors.length === 0) return;
  const lines = errors.map(({ code, message, path }) => `${path}: ${message} (${code})`);
  throw new GenieError(["checkEnv: the environment breaks its contract", ...lines].join("\n"));
}

async function* checkStepBeforeReset(env: AnyEnv): AsyncGenerator<Finding> {
  if (await throws(() => env.step(env.actionSpace.sample()))) return;
  yield finding("step-before-reset", "step", "a step before the first reset must throw ResetNeededError");
}

async function* checkSpaces(env: AnyEnv): AsyncGenerator<Finding> {
  for (const path of ["actionSpace", "observationSpace"] as const) {
    if (env[path].contains(env[path].sample())) continue;
    yield finding("sample-outside-space", path, "the space must contain its own samples");
  }
}

async function* checkOptions(env: AnyEnv, { seed, options }: Settings): AsyncGenerator<Finding> {
  const before = structuredClone(options);
  await env.reset({ seed, options });
  if (isDeepStrictEqual(options, before)) return;
  yield finding("options-mutated", "reset.options", "reset must leave the caller's options as they are");
}

/** Two rollouts with the same seed and actions: each result on its own, then one against the other. */
async function* checkRollout(env: AnyEnv, settings: Settings): AsyncGenerator<Finding> {
  const first = await rollout(env, settings);
  const reused = first.findIndex(({ seen, kept }) => !isDeepStrictEqual(seen, snapshot(kept)));
  if (reused >= 0)
    yield finding("buffer-reused", pathOf(reused), "later calls must not change a result - return a copy");
  for (const [i, { seen, kept }] of first.entries()) yield* checkStep(env, seen, kept.info, pathOf(i));
  const at = firstDifference(first, await rollout(env, settings));
  if (at >= 0) yield finding("not-deterministic", pathOf(at), "equal seeds and actions must give equal results");
}

function* checkStep(env: AnyEnv, step: Step, info: unknown, path: string): Generator<Finding> {
  if (hasNaN(step.obs)) yield finding("obs-nan", `${path}.obs`, "an observation must not hold NaN");
  if (!env.observationSpace.contains(step.obs)) {
    yield finding("obs-outside-space", `${path}.obs`, "the observation space must contain every observation");
  }
  if (typeof step.reward !== "number" || !Number.isFinite(step.reward)) {
    yield finding(
      "reward-not-finite",
      `${path}.reward`,
      `a reward must be a finite number, got ${String(step.reward)}`,
    );
  }
  if (!step.flags.every((flag) => typeof flag === "boolean")) {
    yield finding("flag-not-boolean", `${path}.flags`, "terminated and truncated must be booleans");
  }
  if (!isCloneable(info)) {
    yield { ...finding("info-not-cloneable", `${path}.info`, "info cannot be sent to a worker"), severity: "warn" };
  }
}

async function* checkInvalidAction(env: AnyEnv, settings: Settings): AsyncGenerator<Finding> {
  const invalid = STRANGE_ACTIONS.filter((action) => !env.actionSpace.contains(action));
  const accepted = new Set<unknown>();
  const undisturbed = await rollout(env, settings);
  const disturbed = await rollout(env, settings, async () => {
    for (const action of invalid) if (!(await throws(() => env.step(action)))) accepted.add(action);
  });
  for (const action of accepted) {
    yield finding("invalid-action-accepted", "step", `an action outside the space must throw, got ${inspect(action)}`);
  }
  const at = accepted.size === 0 ? firstDifference(undisturbed, disturbed) : -1;
  if (at >= 0) yield finding("invalid-action-changed-state", pathOf(at), "a refused action must change nothing");
}

async function* checkClose(env: AnyEnv): AsyncGenerator<Finding> {
  env.close();
  if (await throws(async () => env.close())) yield finding("close-twice", "close", "close must work twice");
}

/** `steps` calls from `seed` on, one episode after another; `disturb` runs before each step. */
async function rollout(
  env: AnyEnv,
  { steps, seed, options }: Settings,
  disturb: () => Promise<void> = async () => {},
): Promise<Returned[]> {
  env.actionSpace.seed(seed);
  const results = [returned(await start(env, { seed, options }))];
  while (results.length <= steps) {
    const ended = results.at(-1)?.seen.flags.includes(true) === true;
    if (!ended) await disturb();
    results.push(returned(ended ? await start(env, { options }) : await act(env)));
  }
  return results;
}

async function start(env: AnyEnv, args: ResetArgs): Promise<Step> {
  const [obs, info] = await env.reset(args);
  return { obs, reward: 0, flags: [], info };
}

async function act(env: AnyEnv): Promise<Step> {
  const [obs, reward, terminated, truncated, info] = await env.step(env.actionSpace.sample());
  return { obs, reward, flags: [terminated, truncated], info };
}

function returned(kept: Step): Returned {
  return { seen: snapshot(kept), kept };
}

/** A deep copy; an info that cannot be copied is left out. */
function snapshot({ obs, reward, flags, info }: Step): Step {
  return structuredClone({ obs, reward, flags, info: isCloneable(info) ? info : null });
}

function firstDifference(a: readonly Returned[], b: readonly Returned[]): number {
  return a.findIndex(({ seen }, i) => !isDeepStrictEqual(seen, b[i]?.seen));
}

function pathOf(call: number): string {
  return call === 0 ? "reset" : `step ${call}`;
}

function finding(code: FindingCode, path: string, message: string): Finding {
  return { code, severity: "error", message, path };
}

async function throws(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return false;
  } catch {
    return true;
  }
}

function hasNaN(value: unknown): boolean {
  if (typeof value === "number") return Number.isNaN(value);
  if (value instanceof Float32Array || value instanceof Float64Array) return value.some(Number.isNaN);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  return Object.values(value).some(hasNaN);
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
