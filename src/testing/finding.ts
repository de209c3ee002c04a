import { GenieError } from "../core/errors.ts";

/** An error breaks the contract; a warning is legal, but seldom meant. */
export type Severity = "error" | "warn";

type Rule = readonly [severity: Severity, rule: string];

/**
 * Every rule that the checkers know, by the code of the finding that breaks it.
 *
 * Severities are Gymnasium's, except that what its checker lets pass with a warning and what then breaks a training run
 * is an error here: an observation outside its space, a reward that is no finite number, a flag that is no boolean.
 */
export const RULES = {
  "not-an-env": ["error", "an environment must have every member of its interface"],
  "call-failed": ["error", "a call within the contract must not throw"],
  "seed-method": ["warn", "an environment is seeded by reset({ seed }), and needs no method `seed`"],

  "not-a-space": ["error", "a space must have seed, sample, contains, batch and toJSON"],
  "invalid-space": ["error", "a space must have members, and bounds of its own shape"],
  "box-bounds-equal": ["warn", "the bounds of a Box should leave room between them"],
  "box-unbounded": ["warn", "a Box should have finite bounds where they are known"],
  "action-space-not-normalized": ["warn", "a Box of actions should be [-1, 1] or [0, 1], which policies expect"],
  "sample-outside-space": ["error", "a space must contain its own samples"],
  "space-not-seeded": ["error", "a space must draw equal samples after equal seeds"],
  "contains-not-total": ["error", "contains must answer true or false for any value"],
  "space-not-batched": ["error", "a batched space must be numEnvs values of the single space"],

  "rng-missing": ["error", "rng must be an Rng once reset({ seed }) was called"],
  "rng-seed-wrong": ["error", "rngSeed must be the last seed that reset was given"],
  "seed-ignored": ["error", "reset with other seeds must start other random streams"],
  "rng-not-reseeded": ["error", "reset with equal seeds must start equal random streams"],
  "rng-not-continued": ["error", "reset without a seed must go on with the random stream"],
  "seed-default": ["warn", "reset without a seed should not start the same random stream each time"],
  "invalid-seed-accepted": ["error", "a seed that is no integer from 0 on must be refused"],
  "row-seeds-wrong": ["error", "an integer seed s must seed row i with s + i"],
  "options-mutated": ["error", "reset must leave the caller's options as they are"],

  "reset-result": ["error", "reset must return [obs, info]"],
  "step-result": ["error", "step must return [obs, reward, terminated, truncated, info]"],
  "obs-nan": ["error", "an observation must not hold NaN"],
  "obs-outside-space": ["error", "the observation space must contain every observation"],
  "reward-not-finite": ["error", "a reward must be a finite number"],
  "flag-not-boolean": ["error", "terminated and truncated must be booleans"],
  "batch-array-wrong": [
    "error",
    "rewards must be Float64Array, terminated and truncated Uint8Array, one entry per row",
  ],
  "info-not-a-record": ["error", "info must be a plain record"],
  "info-not-cloneable": ["warn", "info should hold only what can be sent to a worker"],
  "info-mask-missing": ["error", "every key of a batched info must have a mask beside it, `_key`, one flag per row"],
  "truncated-at-once": ["error", "the first step of an episode must not be truncated"],
  "not-deterministic": ["error", "equal seeds and actions must give equal results"],
  "global-random": ["error", "randomness must come from rng, not from Math.random"],
  "buffer-reused": ["error", "every result must be in memory of its own, which later calls leave alone"],
  "action-mutated": ["error", "step must leave the caller's action as it is"],
  "restore-differs": ["error", "after setState the environment must go on exactly as after getState"],

  "step-before-reset": ["error", "a step before the first reset must be refused"],
  "step-after-end": ["warn", "a step after the end of an episode should be refused"],
  "invalid-action-accepted": ["error", "an action outside the action space must be refused"],
  "invalid-action-changed-state": ["error", "a refused action must change nothing"],
  "invalid-mask-accepted": ["error", "a reset mask must be one flag per row with at least one set, others be refused"],
  "untyped-error": ["warn", "misuse should be refused with the error class that names it"],

  "autoreset-mode-missing": ["error", "metadata.autoresetMode must be NextStep, SameStep or Disabled"],
  "autoreset-wrong": ["error", "a finished row must start anew as metadata.autoresetMode says"],
  "final-obs-missing": ["error", "SameStep must keep the last observation and info of each finished row"],
  "partial-reset-wrong": ["error", "a reset mask must reset the rows it names, and leave the others as they are"],

  "render-modes-missing": ["warn", "metadata.renderModes should list the render modes as strings"],
  "render-fps-missing": ["warn", "metadata.renderFps should be there where there are render modes"],
  "render-fps-invalid": ["error", "metadata.renderFps must be a positive number"],
  "render-mode-undeclared": ["error", "renderMode must be null or one of metadata.renderModes"],
  "render-result": ["warn", "render should return what the render mode says"],

  "close-twice": ["error", "close must work twice"],
  "use-after-close": ["error", "a call after close must be refused"],
} as const satisfies Readonly<Record<string, Rule>>;

/** What the checkers can find. */
export type FindingCode = keyof typeof RULES;

/** One broken rule: `path` says where it shows, as `step 3.obs`. */
export type Finding = {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly message: string;
  readonly path: string;
};

/** A finding of the rule that `code` names; `detail` says what was seen instead. */
export function finding(code: FindingCode, path: string, detail = ""): Finding {
  const [severity, rule] = RULES[code];
  return { code, severity, message: detail === "" ? rule : `${rule}, ${detail}`, path };
}

/** A finding as one line. */
export function formatFinding({ path, message, code }: Finding): string {
  return `${path}: ${message} (${code})`;
}

/** The findings that break the contract. */
export function errorsIn(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ severity }) => severity === "error");
}

/** Throws a `GenieError` that lists the findings of severity "error", if there are any. */
export function throwErrors(where: string, findings: readonly Finding[]): void {
  const errors = errorsIn(findings);
  if (errors.length === 0) return;
  throw new GenieError([`${where}: the environment breaks its contract`, ...errors.map(formatFinding)].join("\n"));
}
