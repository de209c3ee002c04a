import { expect, test } from "vitest";

import type { EnvInfo, ResetArgs } from "../../src/env/index.ts";
import { Discrete, GenieEnv, SyncVectorEnv } from "../../src/env/index.ts";
import type { FindingCode } from "../../src/testing/index.ts";
import { assertVectorEnv, checkVectorEnv, FakeWorldModel, RULES } from "../../src/testing/index.ts";
import { withFaults } from "./faults.ts";
import { SpaceEnv } from "./space-env.ts";

const MODES = ["NextStep", "SameStep", "Disabled"] as const;
type Mode = (typeof MODES)[number];
type Batch = SyncVectorEnv<unknown, unknown>;
type Result = readonly unknown[];

const rows = (count: number): (() => SpaceEnv)[] =>
  Array.from({ length: count }, () => () => new SpaceEnv({ horizon: 5 }));
const batch = (autoresetMode: Mode = "NextStep"): Batch =>
  new SyncVectorEnv<unknown, unknown>(rows(3), { autoresetMode });

/** A batch with one of its methods changed. */
const afterStep =
  (change: (result: Result, ended: Uint8Array) => Result, mode: Mode = "NextStep") =>
  (): Batch => {
    const env = batch(mode);
    const step = env.step.bind(env);
    let ended = new Uint8Array(3);
    const stepAs = (actions: Parameters<Batch["step"]>[0]): Result => {
      const result = step(actions);
      const changed = change(result, ended);
      ended = result[2].map((flag, row) => flag | Number(result[3][row]));
      return changed;
    };
    const reset = env.reset.bind(env);
    const resetAs: Batch["reset"] = (args) => {
      ended = new Uint8Array(3);
      return reset(args);
    };
    return withFaults(env, { step: stepAs, reset: resetAs });
  };
const onReset =
  (change: (args: ResetArgs<number | readonly number[]>, reset: Batch["reset"]) => unknown) => (): Batch => {
    const env = batch();
    const reset = env.reset.bind(env);
    return withFaults(env, { reset: (args: ResetArgs = {}) => change(args, reset) });
  };
const infoOf = (result: Result): EnvInfo => Object(result.at(-1));

test.each(MODES)("a sound batch in mode %s has no findings", async (mode) => {
  expect(await checkVectorEnv(batch(mode))).toEqual([]);
  expect(await checkVectorEnv(() => batch(mode), { seed: 7, steps: 20 })).toEqual([]);
});

test.each(MODES)("CH-07 GenieVectorEnv in mode %s keeps the contract", async (autoresetMode) => {
  for (const observation of ["pixels", "tokens", "both"] as const) {
    const world = new FakeWorldModel({ noise: 0.3 });
    const options = { observation, autoresetMode, numEnvs: 3, horizon: 6, prompts: [world.prompt(0), world.prompt(9)] };
    expect(await checkVectorEnv(() => GenieEnv.fromWorld(world, options), { steps: 20 })).toEqual([]);
    expect(world.openSessions).toBe(0);
  }
});

const BROKEN: readonly (readonly [name: string, code: FindingCode, path: string, make: () => Batch])[] = [
  ["no number of rows", "not-an-env", "numEnvs", () => withFaults(batch(), { numEnvs: undefined })],
  ["no rows", "not-an-env", "numEnvs", () => withFaults(batch(), { numEnvs: 0 })],
  [
    "no autoreset mode",
    "autoreset-mode-missing",
    "metadata.autoresetMode",
    () => withFaults(batch(), { metadata: { renderModes: [] } }),
  ],
  [
    "a batch of other actions",
    "space-not-batched",
    "actionSpace",
    () => withFaults(batch(), { actionSpace: new Discrete(4) }),
  ],
  ["rewards in a list", "batch-array-wrong", "step 1.reward", afterStep((result) => result.with(1, [0, 0, 0]))],
  ["too few rewards", "batch-array-wrong", "step 1.reward", afterStep((result) => result.with(1, new Float64Array(2)))],
  [
    "a reward that is no number",
    "reward-not-finite",
    "step 1.reward",
    afterStep((result, ended) => (ended.includes(1) ? result : result.with(1, new Float64Array(3).fill(NaN)))),
  ],
  [
    "flags that are booleans",
    "batch-array-wrong",
    "step 1.terminated",
    afterStep((result) => result.with(2, [false, false, false])),
  ],
  [
    "flags of 2",
    "batch-array-wrong",
    "step 1.truncated",
    afterStep((result) => result.with(3, Uint8Array.of(0, 0, 2))),
  ],
  [
    "an info without masks",
    "info-mask-missing",
    "step 1.info.steps",
    afterStep((result) => result.with(4, { steps: infoOf(result)["steps"] })),
  ],
  [
    "a mask missing in the depth",
    "info-mask-missing",
    "step 1.info.deep.level",
    afterStep((result) => result.with(4, { deep: { level: 1 }, _deep: new Uint8Array(3) })),
  ],
  [
    "a row that starts anew and is paid",
    "autoreset-wrong",
    "step 2",
    afterStep((result, ended) => result.with(1, Float64Array.from(ended))),
  ],
  ["no final observations", "final-obs-missing", "step 1.info", afterStep((result) => result.with(4, {}), "SameStep")],
  [
    "a seed for all rows",
    "row-seeds-wrong",
    "reset.obs",
    onReset((args, reset) =>
      reset(
        typeof args.seed === "number" ? { ...args, seed: Array.from({ length: 3 }, () => Number(args.seed)) } : args,
      ),
    ),
  ],
  [
    "too many seeds",
    "invalid-seed-accepted",
    "reset",
    onReset((args, reset) => reset(Array.isArray(args.seed) ? { ...args, seed: args.seed.slice(0, 3) } : args)),
  ],
  [
    "any mask",
    "invalid-mask-accepted",
    "reset.options.reset_mask",
    onReset((args, reset) =>
      reset(
        args.options?.["reset_mask"] instanceof Uint8Array &&
          args.options["reset_mask"].length === 3 &&
          args.options["reset_mask"].includes(1)
          ? args
          : { seed: args.seed },
      ),
    ),
  ],
  [
    "a mask for all rows",
    "partial-reset-wrong",
    "reset of row 0.obs, row 1",
    onReset((args, reset) => resetAll(args, reset)),
  ],
  [
    "a mask that is taken out of the options",
    "options-mutated",
    "reset.options.reset_mask",
    onReset((args, reset) => takingOut(args, reset)),
  ],
];

test.each(BROKEN)("%s: %s", async (_, code, path, make) => {
  const [severity, rule] = RULES[code];
  const findings = await checkVectorEnv(make());
  expect(findings).toEqual([{ code, path, severity, message: expect.stringContaining(rule) }]);
});

test("every rule that only a batch can break has a case", () => {
  const codes = Object.keys(RULES).filter((code) => /batch|row-seeds|mask|autoreset|final-obs|partial/.test(code));
  expect([...new Set(BROKEN.map(([, code]) => code))]).toEqual(expect.arrayContaining(codes));
});

test("assertVectorEnv throws what is wrong, and lets a sound batch pass", async () => {
  const broken = afterStep((result) => result.with(1, [0, 0, 0]));
  await expect(assertVectorEnv(broken())).rejects.toThrow(/step 1.reward: .* \(batch-array-wrong\)/);
  await expect(assertVectorEnv(batch())).resolves.toBeUndefined();
});

/** A valid mask resets every row. */
function resetAll(args: ResetArgs<number | readonly number[]>, reset: Batch["reset"]): unknown {
  const result = reset(args);
  return args.options?.["reset_mask"] === undefined ? result : reset({ seed: args.seed });
}

/** What Gymnasium 1.4 does. */
function takingOut(args: ResetArgs<number | readonly number[]>, reset: Batch["reset"]): unknown {
  const result = reset(args);
  if (args.options !== undefined) Reflect.deleteProperty(args.options, "reset_mask");
  return result;
}
