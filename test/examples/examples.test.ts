import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

import { assertEnv } from "../../src/testing/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Every example, with a budget that shows that it runs, and what it prints. */
const RUNS: Readonly<Record<string, { readonly args: readonly string[]; readonly prints: RegExp }>> = {
  "done-adapter.ts": {
    args: [],
    prints: /^Env: cell 9, reward 1, terminated true, truncated false\ndone: cell 0, reward 0, cut true\n$/,
  },
  "ppo-cartpole.ts": {
    args: ["--steps", "1024", "--num-envs", "8", "--episodes", "4"],
    prints: /^seed 1, \{.*\}\n(step \d+ {2}return [\d.]+ {2}approxKl [\d.e-]+\n)+mean return of 4 episodes: [\d.]+\n$/,
  },
};

test("every example is run here: give a new one a budget", () => {
  expect(Object.keys(RUNS).toSorted()).toEqual(readdirSync(`${root}examples`).toSorted());
});

test.each(Object.entries(RUNS))("%s runs", async (name, { args, prints }) => {
  const program = ["--import", "tsx", `examples/${name}`, ...args];
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root });
  expect(stdout).toMatch(prints);
});

test("done-adapter keeps what a done-style environment tells, both ways", async () => {
  const { corridorEnv, FromDone, toDone } = await import("../../examples/done-adapter.ts");
  await assertEnv(corridorEnv);
  const back = new FromDone({
    make: () => toDone(corridorEnv(), 1),
    observationSpace: corridorEnv().observationSpace,
    actionSpace: corridorEnv().actionSpace,
  });
  const env = corridorEnv();
  expect(back.reset({ seed: 1 })[0]).toEqual(env.reset({ seed: 1 })[0]);
  for (let i = 0; i < 20; i++) {
    const [obs, reward, terminated, truncated] = env.step(i % 3 === 0 ? 1 : 0);
    expect(back.step(i % 3 === 0 ? 1 : 0).slice(0, 4)).toEqual([obs, reward, terminated, truncated]);
    if (terminated || truncated) break;
  }
});
