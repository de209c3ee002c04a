import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { planGoal, REACHABLE } from "../../src/cli/benchmark/reachable-goal.ts";
import { expectRewards, tasksOf } from "../../src/cli/benchmark/tasks.ts";
import { ConfigError, DataError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { GenieEnv } from "../../src/env/index.ts";
import "../../src/games/index.ts";
import { FakeWorldModel } from "../../src/testing/index.ts";
import { temporaryFolder } from "../data/pictures.ts";

const options = { horizon: 10, reward: "none.mjs" };
const names = (...worlds: string[]): string[] => tasksOf(worlds, options).map(({ name }) => name);

test("what is named twice is one task", () => {
  expect(names("Platformer-v0", "Platformer-v0:easy")).toEqual(names("Platformer-v0"));
  expect(names("Platformer-v0:hard", "Catch-v0", "Platformer-v0:hard")).toEqual(["Platformer-v0:hard", "Catch-v0"]);
  expect(names("platformer", resolve("worlds/platformer"))).toEqual(names("platformer"));
});

test("a path that leads to no world is a missing folder, and any other name a missing id", () => {
  const empty = temporaryFolder();
  for (const path of ["/nope", "./nope", "../nope", "runs/nope", "a/b/c", "C:\\nope", "/nope:prompt", empty]) {
    expect(() => names(path)).toThrow(ConfigError);
    expect(() => names(path)).toThrow(/must be a folder with a world.json, or the name of a bundled world/);
  }
  expect(() => names("Nope/Catch-v0")).toThrow(/the namespace must exist, got Nope\/Catch-v0/);
  expect(() => names("Catch-v9")).toThrow(/the version must be one of v0, got Catch-v9/);
  expect(() => names("nope")).toThrow(/the name must exist, got nope/);
});

test("two worlds of one name are refused", () => {
  const folders = ["a", "b"].map((run) => join(temporaryFolder(), run, "world"));
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "world.json"), "{}");
    cpSync("worlds/platformer/prompt.png", join(folder, "prompt.png"));
  }
  expect(names(folders[0] ?? "")).toEqual(["world:prompt"]);
  expect(() => names(...folders)).toThrow(ConfigError);
  expect(() => names(...folders)).toThrow(/names must differ, got world:prompt of/);
});

test("a reward or a goal that is not there is told before anything runs", async () => {
  const folder = temporaryFolder();
  await expect(expectRewards({ horizon: 1, reward: join(folder, "none.mjs") })).rejects.toThrow(ConfigError);
  writeFileSync(join(folder, "number.mjs"), "export default {};");
  await expect(expectRewards({ horizon: 1, reward: join(folder, "number.mjs") })).rejects.toThrow(/reward model/);
  await expect(expectRewards({ horizon: 1, goal: join(folder, "none.png") })).rejects.toThrow(/none\.png/);
  writeFileSync(join(folder, "text.png"), "no picture");
  await expect(expectRewards({ horizon: 1, goal: join(folder, "text.png") })).rejects.toThrow(DataError);
  await expect(expectRewards({ horizon: 1, goal: "worlds/platformer/prompt.png" })).resolves.toBeUndefined();
});

test("a planned goal is where its plan ends, and no action that is held for as long", async () => {
  const world = new FakeWorldModel({ size: 16, noise: 0, starts: [0] });
  await using env = await GenieEnv.fromWorld(world, { numEnvs: 3, autoresetMode: "Disabled" });
  const { picture, plan, distance } = await planGoal(env, new Rng(0));
  expect(await planGoal(env, new Rng(0))).toEqual({ picture, plan, distance });
  const frameOf = (pixels: Uint8Array, row: number) =>
    pixels.slice(row * picture.data.length).slice(0, picture.data.length);
  await env.reset();
  const { pixels } = await env.imagine(plan.map((action) => [action, action, action]));
  expect(frameOf(pixels ?? new Uint8Array(), 3 * (plan.length - 1))).toEqual(picture.data);
  for (const action of world.moves.keys()) {
    await env.reset();
    for (let step = 0; step < plan.length; step++) {
      const [obs] = await env.step([action, action, action]);
      expect(frameOf(obs, 0)).not.toEqual(picture.data);
    }
  }
  expect(plan).toHaveLength(12);
  expect(distance).toBeGreaterThan(0);
});

test("a reachable goal is paid by nearness, and holding an action for as long as its plan does not end the task", async () => {
  const tasks = tasksOf(["supertux:prompt"], { horizon: 12, goal: REACHABLE });
  const env = await tasks[0]?.make("evaluation");
  expect.assert(env);
  await env.reset({ seed: 0 });
  for (let step = 1; step <= 12; step++) {
    const [, reward, terminated, truncated] = await env.step(0);
    expect(reward).toBeLessThan(-0.005);
    expect([terminated, truncated]).toEqual([false, step === 12]);
  }
  env.close();
  await expect(expectRewards({ horizon: 1, goal: REACHABLE })).resolves.toBeUndefined();
});
