import { expect, test } from "vitest";

import { make, makeVec, registry } from "../../src/env/index.ts";
import type { MakeOptions, RenderMode } from "../../src/env/index.ts";
import "../../src/games/index.ts";
import { checkEnv, checkVectorEnv } from "../../src/testing/index.ts";
import type { FindingCode } from "../../src/testing/index.ts";

/** What Gymnasium's own CartPole and Pendulum are advised against, too. */
const ADVICE: ReadonlySet<FindingCode> = new Set(["box-unbounded", "action-space-not-normalized"]);

const shown = (renderMode: RenderMode): MakeOptions => (renderMode === null ? {} : { renderMode });

test.each([...registry.keys()])("CH-07 %s keeps the contract, bare and within its wrappers", async (id) => {
  const wrapped = await checkEnv(({ renderMode }) => make(id, shown(renderMode)));
  const bare = await checkEnv(async ({ renderMode }) => (await make(id, shown(renderMode))).unwrapped);
  expect([...wrapped, ...bare].filter(({ code }) => !ADVICE.has(code))).toEqual([]);
});

test.each([...registry.keys()])("CH-07 rows of %s keep the contract of vector environments", async (id) => {
  for (const autoresetMode of ["NextStep", "SameStep", "Disabled"] as const) {
    const findings = await checkVectorEnv(() => makeVec(id, { numEnvs: 3, vectorOptions: { autoresetMode } }));
    expect(findings.filter(({ code }) => !ADVICE.has(code))).toEqual([]);
  }
});
