import { expect, test } from "vitest";

import { GenieEnv, GenieError } from "../../src/env/index.ts";
import { FakeWorldModel } from "../../src/testing/index.ts";

const NOISY = { noise: 0.5 };
const actionSequence = (length: number): number[] => Array.from({ length }, (_, i) => (i * 7) % 5);

function openTokens(world: FakeWorldModel) {
  return GenieEnv.fromWorld(world, { prompts: [world.prompt(27)], horizon: 30, numEnvs: 2, observation: "tokens" });
}

test("state can be saved, restored and branched over a batch", async () => {
  const world = new FakeWorldModel(NOISY);
  await using env = await GenieEnv.fromWorld(world, { horizon: 30, observation: "tokens" });
  const play = async (actions: readonly number[]) => {
    const seen = [];
    for (const action of actions) seen.push(await env.step(action));
    return seen;
  };
  await env.reset({ seed: 8, options: { image: world.prompt(0) } });
  await play(actionSequence(10));
  const state = structuredClone(await env.getState());
  const expected = await play(actionSequence(20));
  await env.setState(state);
  expect(await play(actionSequence(20))).toEqual(expected);

  await using branches = await openTokens(world);
  const [row] = state;
  if (row === undefined) throw new Error("no state");
  await branches.setState([row, row]);
  for (const [i, action] of actionSequence(20).entries()) {
    const [obs, , , truncated] = await branches.step([4 - action, action]);
    expect([obs.slice(64), truncated[1] === 1]).toEqual([expected[i]?.[0], expected[i]?.[3]]);
  }
});

test("states of some rows are those of all, in the order asked for", async () => {
  await using env = await openTokens(new FakeWorldModel(NOISY));
  await env.reset({ seed: 3 });
  await env.step([1, 2]);
  const [first, second] = await env.getState();
  const before = structuredClone([second, first]);
  const some = await env.getState([1, 0]);
  await env.step([3, 3]);
  expect(some).toEqual(before);
  expect(some).toEqual([second, first]);
  for (const rows of [[2], [-1], [0.5]]) await expect(env.getState(rows)).rejects.toThrow(GenieError);
});

test.each([
  null,
  {},
  { phase: "x" },
  { steps: -4 },
  { steps: Number.NaN },
  { rng: null },
  { world: {} },
  { world: { cell: { dtype: "int32", shape: [1], data: Int32Array.of(64) } } },
  { prompt: null },
  { prompt: { data: new Uint8Array(4 * 4 * 3), count: 1, height: 4, width: 4 } },
  { prompt: { data: new Uint8Array(3), count: 1, height: 8, width: 8 } },
])("a state with %j in the last row is refused, and no row changes", async (change) => {
  await using env = await openTokens(new FakeWorldModel(NOISY));
  await env.reset({ seed: 3 });
  const [first, second] = await env.getState();
  await env.step([1, 2]);
  const before = await env.getState();
  const bad = change === null || Object.keys(change).length === 0 ? change : { ...second, ...change };
  const states = JSON.parse("[]");
  Reflect.set(states, 0, first);
  Reflect.set(states, 1, bad);
  const refused = await env.setState(states).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(GenieError);
  expect(String(refused)).toMatch(/setState: row 1/);
  expect(await env.getState()).toEqual(before);
  for (const none of [undefined, null, 7, [first]]) {
    await expect(env.setState(JSON.parse(JSON.stringify(none ?? null)))).rejects.toThrow(/2 states are needed/);
  }
});
