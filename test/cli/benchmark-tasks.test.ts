import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { REACHABLE, reachableGoal } from "../../src/cli/benchmark/reachable-goal.ts";
import { expectRewards, tasksOf } from "../../src/cli/benchmark/tasks.ts";
import { ConfigError, DataError } from "../../src/core/errors.ts";
import "../../src/games/index.ts";
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

test("a reachable goal differs from the start, is the same every time, and a plan of the world leads there", async () => {
  const start = { folder: "worlds/supertux", prompt: "worlds/supertux/prompt.png" };
  const [goal, again] = [await reachableGoal(start), await reachableGoal(start)];
  expect(goal.data).toEqual(again.data);
  expect(goal).toMatchObject({ count: 1, height: 48, width: 80 });
  const tasks = tasksOf(["supertux:prompt"], { horizon: 64, goal: REACHABLE });
  const env = await tasks[0]?.make("evaluation");
  expect.assert(env);
  let steps = 0;
  await env.reset({ seed: 0 });
  for (let isOver = false; !isOver; steps++) {
    const [, reward, terminated, truncated] = await env.step(0);
    // The action that this goal's plan ends with; the start is further away than the end may be.
    if (steps === 0) expect(reward).toBeLessThan(-0.02);
    isOver = terminated || truncated;
  }
  expect(steps).toBeLessThan(64);
  env.close();
  await expect(expectRewards({ horizon: 1, goal: REACHABLE })).resolves.toBeUndefined();
});
