import { parseOptions } from "../../core/options.ts";
import type { AnyVectorEnv, ResetArgs } from "../../env/env.ts";
import type { AnyEnv } from "../../env/wrapper.ts";
import { errorsIn } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { errorOf } from "./refusal.ts";
import { runChecks } from "./run-checks.ts";
import type { Check } from "./run-checks.ts";
import { CheckConfig } from "./subject.ts";
import type { CheckOptions, MakeEnv, Subject } from "./subject.ts";

/** What environments of one kind have to keep. */
export type Contract<E extends AnyEnv | AnyVectorEnv> = {
  /** What the checks rest on: after an error here, nothing else is checked. */
  readonly foundations: readonly Check<E>[];
  /** The first needs a fresh environment, the last leaves a closed one. */
  readonly checks: readonly Check<Subject<E>>[];
  /** The reset that a result of `step` asks for before the next step; null for none. */
  readonly restart: (env: E, result: unknown) => ResetArgs | null;
};

/**
 * Checks an environment, or one that `target` makes, against a contract, and closes it.
 * @throws ConfigError for options that break a rule; whatever `target` throws.
 */
export async function checkContract<E extends AnyEnv | AnyVectorEnv>(
  { foundations, checks, restart }: Contract<E>,
  target: E | MakeEnv<E>,
  given: CheckOptions,
): Promise<Finding[]> {
  const { steps, seed, options } = parseOptions(CheckConfig, given, "checkEnv");
  const make = isMaker(target) ? target : null;
  const env = isMaker(target) ? await target({ renderMode: null }) : target;
  try {
    const findings = await runChecks(env, foundations);
    if (errorsIn(findings).length > 0) return findings;
    env.actionSpace.seed(seed);
    const actions = Array.from({ length: steps }, () => env.actionSpace.sample());
    const subject = { env, make, actions, seed, options, restart: (result: unknown) => restart(env, result) };
    return [...findings, ...(await runChecks(subject, checks))];
  } finally {
    await errorOf(() => env.close());
  }
}

function isMaker<E extends AnyEnv | AnyVectorEnv>(target: E | MakeEnv<E>): target is MakeEnv<E> {
  return typeof target === "function";
}
