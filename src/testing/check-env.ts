import type { AnyEnv } from "../env/wrapper.ts";
import { checkClose } from "./checks/close.ts";
import { checkContract } from "./checks/contract.ts";
import type { Contract } from "./checks/contract.ts";
import { checkFirstStep, checkRollout } from "./checks/determinism.ts";
import { checkInvalidActions, checkStepAfterEnd, checkStepBeforeReset } from "./checks/misuse.ts";
import { checkRender } from "./checks/render.ts";
import { checkRestore } from "./checks/restore.ts";
import { checkResults } from "./checks/results.ts";
import { checkInvalidSeeds, checkSeeding } from "./checks/seeding.ts";
import { checkActionRange, checkSpaces } from "./checks/spaces.ts";
import { part } from "./checks/subject.ts";
import type { CheckOptions, MakeEnv } from "./checks/subject.ts";
import { checkSurface, ENV_MEMBERS, ENV_SPACES } from "./checks/surface.ts";
import { throwErrors } from "./finding.ts";
import type { Finding } from "./finding.ts";

const CONTRACT: Contract<AnyEnv> = {
  foundations: [
    (env) => checkSurface(env, ENV_MEMBERS, ENV_SPACES),
    ({ actionSpace, observationSpace }) => checkSpaces({ actionSpace, observationSpace }),
  ],
  checks: [
    checkStepBeforeReset,
    ({ env }) => checkActionRange(env.actionSpace, "actionSpace"),
    checkSeeding,
    checkInvalidSeeds,
    checkFirstStep(checkResults),
    checkRollout(checkResults),
    checkStepAfterEnd,
    checkInvalidActions,
    checkRestore,
    checkRender,
    checkClose,
  ],
  restart: (_, result) => (part(result, 2) === true || part(result, 3) === true ? {} : null),
};

/**
 * Tests an environment against the contract, and returns what it breaks, in the order of the checks.
 *
 * Give a function that makes the environment, and it is also compared with a second one, and rendered in each of its
 * modes. An environment itself must be fresh: nobody has reset it. What is checked is closed at the end.
 * @throws ConfigError for options that break a rule; whatever the function throws.
 */
export function checkEnv(target: AnyEnv | MakeEnv, options: CheckOptions = {}): Promise<Finding[]> {
  return checkContract(CONTRACT, target, options);
}

/** Throws a `GenieError` that lists what `checkEnv` finds at severity "error"; warnings pass. */
export async function assertEnv(target: AnyEnv | MakeEnv, options: CheckOptions = {}): Promise<void> {
  throwErrors("assertEnv", await checkEnv(target, options));
}
