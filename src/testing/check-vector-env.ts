import type { AnyVectorEnv } from "../env/env.ts";
import { checkClose } from "./checks/close.ts";
import { checkContract } from "./checks/contract.ts";
import type { Contract } from "./checks/contract.ts";
import { checkFirstStep, checkRollout } from "./checks/determinism.ts";
import { checkInvalidActions, checkStepAfterEnd, checkStepBeforeReset } from "./checks/misuse.ts";
import { checkRender } from "./checks/render.ts";
import { checkRestore } from "./checks/restore.ts";
import { checkInvalidSeeds } from "./checks/seeding.ts";
import { checkSpaces } from "./checks/spaces.ts";
import type { CheckOptions, MakeEnv } from "./checks/subject.ts";
import { checkSurface, VECTOR_MEMBERS, VECTOR_SPACES } from "./checks/surface.ts";
import { checkVectorResults, endedRows } from "./checks/vector-results.ts";
import { checkInvalidMasks, checkPartialReset, checkRowSeeds, checkVectorMembers } from "./checks/vector-rows.ts";
import { throwErrors } from "./finding.ts";
import type { Finding } from "./finding.ts";

const CONTRACT: Contract<AnyVectorEnv> = {
  foundations: [
    (env) => checkSurface(env, VECTOR_MEMBERS, VECTOR_SPACES),
    ({ singleActionSpace, singleObservationSpace }) => checkSpaces({ singleActionSpace, singleObservationSpace }),
    checkVectorMembers,
  ],
  checks: [
    checkStepBeforeReset,
    checkFirstStep(checkVectorResults),
    checkInvalidSeeds,
    checkRollout(checkVectorResults),
    checkRowSeeds,
    checkInvalidMasks,
    checkPartialReset,
    checkStepAfterEnd,
    checkInvalidActions,
    checkRestore,
    checkRender,
    checkClose,
  ],
  restart: (env, result) => {
    const ended = endedRows(env, result);
    if (env.metadata.autoresetMode !== "Disabled" || !ended.includes(1)) return null;
    return { options: { reset_mask: ended } };
  },
};

/**
 * Tests a vector environment against the contract, as `checkEnv` tests a single one: batches and their types, seeds per
 * row, masks, autoreset as its metadata says. One that shares its buffers by request is not for this check.
 * @throws ConfigError for options that break a rule; whatever the function throws.
 */
export function checkVectorEnv(
  target: AnyVectorEnv | MakeEnv<AnyVectorEnv>,
  options: CheckOptions = {},
): Promise<Finding[]> {
  return checkContract(CONTRACT, target, options);
}

/** Throws a `GenieError` that lists what `checkVectorEnv` finds at severity "error"; warnings pass. */
export async function assertVectorEnv(
  target: AnyVectorEnv | MakeEnv<AnyVectorEnv>,
  options: CheckOptions = {},
): Promise<void> {
  throwErrors("assertVectorEnv", await checkVectorEnv(target, options));
}
