import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

import { make } from "../../src/env/index.ts";
import "../../src/games/index.ts";
import { assertEnv, FakeWorldModel } from "../../src/testing/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Every example, with a budget that shows that it runs, and what it prints. */
const RUNS: Readonly<Record<string, { readonly args: readonly string[]; readonly prints: RegExp }>> = {
  "bc-from-latent-actions.ts": {
    args: ["--frames", "100", "--steps", "2", "--labels", "5", "--episodes", "2", "--horizon", "5", "--seed", "3"],
    prints: /^seed 3, \d+ episodes, [1-5] labels, \{.*\}\nsolved 0 of 2 unseen easy levels\n$/,
  },
  "custom-reward.ts": {
    args: ["--steps", "1"],
    prints: /^platformer, seed 0\n(action \S+: return [\d.]+\n){8}$/,
  },
  "done-adapter.ts": {
    args: [],
    prints: /^Env: cell 9, reward 1, terminated true, truncated false\ndone: cell 0, reward 0, cut true\n$/,
  },
  // A module for the benchmark: it prints nothing.
  "my-agent.ts": { args: [], prints: /^$/ },
  "plan-to-a-goal-image.ts": {
    args: ["--horizon", "2", "--width", "1", "--num-envs", "4"],
    prints:
      /^platformer, beam, seed 0\nplan: .* \(\d+ steps were tried\)\ndifference from the goal: [\d.]+ .*, [\d.]+ .*\n$/,
  },
  "ppo-cartpole.ts": {
    args: ["--steps", "1024", "--num-envs", "8", "--episodes", "4", "--eval-every", "512"],
    prints:
      /^seed 1, \{.*\}\n(step \d+ {2}(return [\d.]+ {2}approxKl [\d.e-]+|evaluation [\d.]+)\n)+mean return of 4 episodes: [\d.]+\n$/,
  },
  "ppo-genie.ts": {
    args: [
      "--steps",
      "8",
      "--num-envs",
      "2",
      "--num-steps",
      "4",
      "--horizon",
      "2",
      "--episodes",
      "2",
      "--goal-steps",
      "2",
    ],
    prints:
      /^platformer, seed 1, \{.*\}\n(step .*\n)+mean return of 2 episodes: -[\d.]+ \(a random agent's: -[\d.]+\)\n$/,
  },
  "random.ts": {
    args: ["--env", "Catch-v0", "--steps", "20"],
    prints: /^Catch-v0, seed 0: .*\n(episode [01] ended after 9 steps\n){2}mean reward of 20 steps: -?[\d.]+\n$/,
  },
  // Nor does this one.
  "run-right.ts": { args: [], prints: /^$/ },
  "train-your-own-world.ts": {
    args: ["--videos", "FOLDER/clips", "--out", "FOLDER/mine", "--preset", "tiny", "--steps", "4"],
    prints: /^seed 0, \{.*\n(.*\n)*(action \d changes .* of 255\n){8}$/,
  },
  "vector-env.ts": {
    args: ["--env", "Catch-v0", "--num-envs", "4", "--steps", "40"],
    // Nine steps and one that starts anew: four episodes in each row.
    prints: /^seed 0, 4 times Catch-v0, mode native, NextStep\nmean return of 16 episodes: \S+, of 9.0 steps\n$/,
  },
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "examples-"));
  mkdirSync(join(folder, "clips"));
  copyFileSync(join(root, "test/fixtures/supertux-excerpt.mp4"), join(folder, "clips", "one.mp4"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every example is run here: give a new one a budget", () => {
  const there = readdirSync(`${root}examples`).filter((name) => name.endsWith(".ts"));
  expect(Object.keys(RUNS).toSorted()).toEqual(there.toSorted());
});

test.each(Object.entries(RUNS))("%s runs", async (name, { args, prints }) => {
  const program = ["--import", "tsx", `examples/${name}`, ...args.map((arg) => arg.replace("FOLDER", folder))];
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

test("my-agent holds the action that paid most", async () => {
  const { MyAgent } = await import("../../examples/my-agent.ts");
  using env = await make("CartPole-v1");
  const { observationSpace, actionSpace } = env;
  const agent = new MyAgent({ observationSpace, actionSpace, seed: 0 });
  const points: number[] = [];
  await agent.learn(env, {
    steps: 100,
    seed: 0,
    report: (step) => void points.push(step),
    makeVec: () => Promise.reject(new Error("not needed")),
    signal: new AbortController().signal,
  });
  // The last episode was cut short, and is not counted.
  expect(points.at(-1)).toBeLessThanOrEqual(100);
  expect(points.length).toBeGreaterThan(2);
  const action = agent.act(null, null, { deterministic: true });
  expect(agent.act(null, null, { deterministic: true })).toBe(action);
});

test("my-agent does not hold what it never tried, however little the rest paid", async () => {
  const { MyAgent } = await import("../../examples/my-agent.ts");
  using env = await make("MountainCar-v0");
  const { observationSpace, actionSpace } = env;
  const agent = new MyAgent({ observationSpace, actionSpace, seed: 0 });
  const signal = new AbortController().signal;
  // One episode and a half: of all actions the first was tried alone.
  await agent.learn(env, {
    steps: 300,
    seed: 0,
    report: () => {},
    makeVec: () => Promise.reject(new Error("no")),
    signal,
  });
  expect(agent.act(null, null, { deterministic: true })).toBe(0);
});

test("run-right pays for each pixel that the scene moves to the left, row by row, and nothing for a still or an empty one", async () => {
  const { runRight } = await import("../../examples/run-right.ts");
  if (runRight.inputs !== "pixels") throw new Error("it must see pixels");
  const world = new FakeWorldModel({ size: 32 });
  const [height, width] = world.frameShape;
  const score = await runRight.prepare(world);
  const stripes = (first: number) =>
    Array.from({ length: height * width * 3 }, (_, i) => (97 * ((Math.floor(i / 3) % width) + first) ** 2) % 251);
  const empty = stripes(0).fill(7);
  const transition = {
    previous: Uint8Array.from([...stripes(10), ...stripes(10), ...stripes(10), ...empty]),
    next: Uint8Array.from([...stripes(14), ...stripes(8), ...stripes(10), ...empty]),
    actions: new Int32Array(4),
    numEnvs: 4,
  };
  const { reward, terminated } = await score(transition);
  expect([...reward]).toEqual([4, -2, 0, 0]);
  expect([...terminated]).toEqual([0, 0, 0, 0]);
});

/** What an example that fails leaves behind. */
async function failed(
  name: string,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = ["--import", "tsx", `examples/${name}`, ...args];
  return promisify(execFile)(process.execPath, program, { cwd: root }).then(
    () => expect.fail(`${name} must fail`),
    (error) => error,
  );
}

test.each([
  ["plan-to-a-goal-image.ts", ["--population", "8"], "--population of CEM"],
  ["plan-to-a-goal-image.ts", ["--method", "cem", "--width", "8"], "--width is of the beam"],
  ["plan-to-a-goal-image.ts", ["--world", "nope"], "or the name of a bundled world"],
  ["ppo-genie.ts", ["--goal", "x.png", "--reward", "heads"], "beside --reward heads"],
  ["random.ts", ["--sed", "1"], "unknown option '--sed' (Did you mean --seed?)"],
  ["random.ts", ["--seed", "-1"], "expected number to be >=0, got -1"],
])("%s %j ends with one line and status 2", async (name, args, reason) => {
  const { code, stderr } = await failed(name, args);
  expect(stderr).toMatch(/^error: .*\n$/);
  expect(stderr).toContain(reason);
  expect(code).toBe(2);
});

test("an example tells its options", async () => {
  const program = ["--import", "tsx", "examples/random.ts", "--help"];
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root });
  expect(stdout).toMatch(/--env <string> +the id of an environment \(default: "Genie\/platformer-v0"\)/);
});
