import { isDeepStrictEqual } from "node:util";

import { describe } from "../../env/describe.ts";
import type { AnyVectorEnv } from "../../env/env.ts";
import { rowsOf } from "../../env/spaces/sequence.ts";
import { finding } from "../finding.ts";
import type { Finding, FindingCode } from "../finding.ts";
import { isReproducible } from "./determinism.ts";
import { refuses } from "./refusal.ts";
import { firstDifference, record, resetCall, stepCall } from "./rollout.ts";
import type { Call } from "./rollout.ts";
import { part } from "./subject.ts";
import type { Subject } from "./subject.ts";

type Checked = AsyncGenerator<Finding>;

const MODES: ReadonlySet<unknown> = new Set(["NextStep", "SameStep", "Disabled"]);

/** What a vector environment says of itself. */
export function* checkVectorMembers(env: AnyVectorEnv): Generator<Finding> {
  const { numEnvs, metadata } = env;
  if (!Number.isSafeInteger(numEnvs) || numEnvs < 1) {
    yield finding("not-an-env", "numEnvs", `got ${describe(numEnvs)}`);
    return;
  }
  if (!MODES.has(metadata.autoresetMode)) {
    yield finding("autoreset-mode-missing", "metadata.autoresetMode", `got ${describe(metadata.autoresetMode)}`);
  }
  for (const [batched, single] of [
    ["actionSpace", "singleActionSpace"],
    ["observationSpace", "singleObservationSpace"],
  ] as const) {
    const expected = env[single].batch(numEnvs).toJSON();
    if (!isDeepStrictEqual(env[batched].toJSON(), expected)) yield finding("space-not-batched", batched);
  }
}

/** An integer seed is the list of the rows' own; a list of another length is none. */
export async function* checkRowSeeds(subject: Subject<AnyVectorEnv>, found: ReadonlySet<FindingCode>): Checked {
  const { env, seed, options } = subject;
  const seeds = Array.from({ length: env.numEnvs }, (_, row) => seed + row);
  if (!(await refuses(() => env.reset({ seed: [...seeds, 0], options })))) {
    yield finding("invalid-seed-accepted", "reset", `got ${env.numEnvs + 1} seeds taken`);
  }
  if (!isReproducible(subject, found)) return;
  const together = await resetCall(env, "reset", { seed, options });
  const apart = await record("reset", "reset", { seed: seeds, options }, (args) => env.reset(args));
  const at = firstDifference([together], [apart]);
  if (at !== null) yield finding("row-seeds-wrong", at, `got another start from [${seeds.join(", ")}]`);
}

/** Masks that are none are refused. */
export async function* checkInvalidMasks({ env, seed, options }: Subject<AnyVectorEnv>): Checked {
  await resetCall(env, "reset", { seed, options });
  const none = new Uint8Array(env.numEnvs);
  for (const mask of [none, none.map(() => 2), new Uint8Array(env.numEnvs + 1).fill(1), [], "all", 1]) {
    if (await refuses(() => env.reset({ options: { ...options, reset_mask: mask } }))) continue;
    yield finding("invalid-mask-accepted", "reset.options.reset_mask", `got ${describe(mask)} taken`);
    return;
  }
}

/** The mask of row 0 puts that row back to its start, and leaves the others where they are. */
export async function* checkPartialReset(subject: Subject<AnyVectorEnv>, found: ReadonlySet<FindingCode>): Checked {
  const { env, actions, seed, options } = subject;
  const start = await resetCall(env, "reset", { seed, options });
  const last = await stepCall(env, "step 1", actions[0]);
  const reset_mask = Uint8Array.from({ length: env.numEnvs }, (_, row) => Number(row === 0));
  const masked = await resetCall(env, "reset of row 0", { seed, options: { ...options, reset_mask } });
  if (masked.argumentMutated) yield finding("options-mutated", "reset.options.reset_mask");
  const wrong = observedRows(env, masked).findIndex((row, i) => {
    if (i === 0 && !isReproducible(subject, found)) return false;
    return !isDeepStrictEqual(row, observedRows(env, i === 0 ? start : last)[i]);
  });
  if (wrong >= 0) yield finding("partial-reset-wrong", `reset of row 0.obs, row ${wrong}`);
}

/** The rows of the observation that a call returned; none where it is no batch. */
function observedRows({ singleObservationSpace }: AnyVectorEnv, { copy }: Call): readonly unknown[] {
  return rowsOf(singleObservationSpace, part(copy, 0)) ?? [];
}
