import { expect, test } from "vitest";
import { measureEffects, tryActions } from "../../src/cli/action-effects.ts";
import { formatEffects } from "../../src/cli/demo.ts";
import { ShapeError } from "../../src/core/errors.ts";
import { FakeWorldModel } from "../../src/testing/index.ts";

const options = { steps: 3, seed: 0 };

test("every action is held from the same prompt", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  const trials = await tryActions(world, world.prompt(27), options);
  expect(trials.map(({ frames }) => frames.count)).toEqual([4, 4, 4, 4, 4]);
  const last = trials.map(({ frames }) => frames.data.slice(-world.prompt(0).data.length));
  expect(last).toEqual([27, 30, 24, 51, 3].map((cell) => world.prompt(cell).data));
});

test("an action that does nothing changes no token, and one that moves the dot changes two in a step", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  const [stay, ...moves] = measureEffects(await tryActions(world, world.prompt(27), options));
  expect(stay?.tokensChanged).toBe(0);
  for (const { tokensChanged } of moves) expect(tokensChanged).toBeCloseTo(2 / world.tokensPerFrame, 12);
});

test("actions that all do the same are not unlike each other", async () => {
  const world = new FakeWorldModel({ noise: 1 });
  const effects = measureEffects(await tryActions(world, world.prompt(27), options));
  expect(effects.map(({ difference }) => difference)).toEqual([0, 0, 0, 0, 0]);
  expect(() => measureEffects([])).toThrow(ShapeError);
});

test("effects are a table with aligned columns", () => {
  const effect = { difference: 12.34, tokensChanged: 0.256, motion: { x: -1.5, y: 0 } };
  const [header, row] = formatEffects(["right"], [effect]).split("\n");
  expect(row?.trim().split(/ {2,}/)).toEqual(["right", "12.3", "26 %", "-1.5 px", "0.0 px"]);
  expect(row?.length).toBe(header?.length);
});
