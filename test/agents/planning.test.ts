import { expect, test, vi } from "vitest";
import { closenessTo, planByBeam, planByCEM, type Plan } from "../../src/agents/index.ts";
import { ConfigError, DataError, ShapeError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { GenieEnv, makeVecSync, type AutoresetMode } from "../../src/env/index.ts";
import "../../src/games/index.ts";
import { FakeWorldModel } from "../../src/testing/index.ts";

const SIZE = 6;
/** A dot that moves by a cell a step and wraps around: the way to a cell is known. */
const world = new FakeWorldModel({ size: SIZE, noise: 0 });
const cell = (x: number, y: number) => y * SIZE + x;
const START = world.prompt(cell(1, 1));

/** Where the dot stands after the plan, carried out in an environment of its own. */
async function carryOut({ actions }: Plan): Promise<Uint8Array> {
  await using env = await GenieEnv.fromWorld(world);
  let [obs] = await env.reset(START);
  for (const action of actions) [obs] = await env.step(action);
  return obs;
}

async function planning(numEnvs: number, horizon?: number, autoresetMode?: AutoresetMode) {
  const env = await GenieEnv.fromWorld(world, { numEnvs, horizon, autoresetMode });
  await env.reset(START);
  const [from] = await env.getState();
  if (from === undefined) throw new TypeError("a state expected");
  return { env, from };
}

/** Two to the right and one down; three moves by the shortest way. */
const GOAL = world.prompt(cell(3, 2)).data;

test.each([1, 4, 7])("a beam with %i rows finds a shortest way to the goal image", async (numEnvs) => {
  const { env, from } = await planning(numEnvs);
  const plan = await planByBeam(env, { from, objective: closenessTo(GOAL), enough: 0, horizon: 6 }, { width: 40 });
  expect(plan.actions).toHaveLength(3);
  expect(plan.value).toBe(0);
  expect(await carryOut(plan)).toEqual(GOAL);
  env.close();
});

test("CEM finds a way to the goal image, and says how far it got", async () => {
  const { env, from } = await planning(8);
  const goal = { from, objective: closenessTo(GOAL), enough: 0, horizon: 5 };
  const plan = await planByCEM(env, goal, new Rng(1), { population: 128, elites: 16, iterations: 8 });
  expect(plan.value).toBe(0);
  expect(await carryOut(plan)).toEqual(GOAL);
  const short = await planByCEM(env, { ...goal, horizon: 1 }, new Rng(1));
  expect(short.value).toBeLessThan(0);
  expect(short.actions).toHaveLength(1);
  env.close();
});

test("CEM climbs towards what is better, however far", async () => {
  const { env, from } = await planning(16);
  // Columns to the right of the start are better; six steps wrap around to it.
  const objective = (obs: unknown): number =>
    obs instanceof Uint8Array ? (obs.findIndex((byte) => byte > 200) / 3) % SIZE : Number.NaN;
  const plan = await planByCEM(env, { from, objective, horizon: 4 }, new Rng(0), { population: 64 });
  expect(plan.value).toBe(5);
  const beam = await planByBeam(env, { from, objective, horizon: 4 });
  expect(beam.value).toBe(5);
  // To the left it is two steps only, over the edge.
  expect(beam.actions).toHaveLength(2);
  env.close();
});

test("equal seeds give equal plans, and a plan does not depend on the rows that try it", async () => {
  const goal = { objective: closenessTo(GOAL), horizon: 4 };
  const plans = await Promise.all(
    [3, 8].map(async (numEnvs) => {
      const { env, from } = await planning(numEnvs);
      const plan = await planByCEM(env, { ...goal, from }, new Rng(5), { population: 16, elites: 4, iterations: 2 });
      env.close();
      return plan;
    }),
  );
  expect(plans[0]).toEqual(plans[1]);
});

test("a beam reads the states that it goes on from only, and plans alike where all are read", async () => {
  const { env, from } = await planning(10);
  const goal = { from, objective: closenessTo(GOAL), horizon: 3 };
  const all = env.getState.bind(env, undefined);
  const getState = vi.spyOn(env, "getState");
  const plan = await planByBeam(env, goal, { width: 2 });
  // Behind the last step nothing goes on.
  expect(getState.mock.calls.map(([rows]) => rows?.length)).toEqual([2, 2]);
  getState.mockImplementation(all);
  expect(await planByBeam(env, goal, { width: 2 })).toEqual(plan);
  env.close();
});

test("a beam comes back to what it once had no room for", async () => {
  const { env, from } = await planning(4);
  // The better first step, to the right, leads on by way of the worse one only, which is down.
  const worth = new Map([
    [cell(1, 1), -1],
    [cell(2, 1), 5],
    [cell(1, 2), 4],
    [cell(2, 2), 3],
    [cell(0, 2), 10],
  ]);
  const objective = (obs: unknown): number =>
    obs instanceof Uint8Array ? (worth.get(Math.floor(obs.findIndex((byte) => byte > 200) / 3)) ?? 0) : Number.NaN;
  const plan = await planByBeam(env, { from, objective, horizon: 4 }, { width: 1 });
  expect(plan.value).toBe(10);
  expect(plan.actions).toHaveLength(4);
  env.close();
});

test("CEM does not try a plan again", async () => {
  const { env, from } = await planning(4);
  const goal = { from, objective: closenessTo(GOAL), horizon: 1 };
  const plan = await planByCEM(env, goal, new Rng(0), { population: 40, elites: 4, iterations: 6 });
  expect(plan.steps).toBe(env.singleActionSpace.n);
  env.close();
});

test("no plan goes on behind an episode's end", async () => {
  const { env, from } = await planning(4, 2);
  const beam = await planByBeam(env, { from, objective: closenessTo(GOAL), horizon: 6 }, { width: 40 });
  expect(beam.actions.length).toBeLessThanOrEqual(2);
  const cem = await planByCEM(env, { from, objective: closenessTo(GOAL), horizon: 6 }, new Rng(0));
  expect(cem.actions.length).toBeLessThanOrEqual(2);
  env.close();
});

test.each(["SameStep", "NextStep", "Disabled"] as const)(
  "the last observation of an episode counts, not the first of the next (%s)",
  async (autoresetMode) => {
    const { env, from } = await planning(4, 3, autoresetMode);
    const goal = { from, objective: closenessTo(GOAL), enough: 0, horizon: 6 };
    const beam = await planByBeam(env, goal, { width: 40 });
    expect(await carryOut(beam)).toEqual(GOAL);
    const cem = await planByCEM(env, goal, new Rng(1), { population: 128, elites: 16, iterations: 8 });
    expect(await carryOut(cem)).toEqual(GOAL);
    // Back at the start, where the next episode begins: no plan of three moves leads there but over the edge.
    const home = { ...goal, objective: closenessTo(START.data), horizon: 3 };
    for (const plan of [await planByBeam(env, home, { width: 40 }), await planByCEM(env, home, new Rng(2))]) {
      expect(await carryOut(plan)).toEqual(plan.value === 0 ? START.data : expect.anything());
    }
    env.close();
  },
);

test("where the start is seen and nothing is better, the plan is empty", async () => {
  const { env, from } = await planning(4);
  const goal = { from, objective: closenessTo(START.data), horizon: 3 };
  const seen = { ...goal, observation: START.data };
  for (const enough of [0, Infinity]) {
    const plans = [await planByBeam(env, { ...seen, enough }), await planByCEM(env, { ...seen, enough }, new Rng(0))];
    for (const plan of plans) expect(plan).toMatchObject({ actions: [], value: 0 });
    expect(plans.every(({ steps }) => steps > 0)).toBe(enough === Infinity);
  }
  expect((await planByCEM(env, goal, new Rng(0))).actions.length).toBeGreaterThan(0);
  env.close();
});

test("what cannot be planned is refused", async () => {
  const { env, from } = await planning(2);
  const goal = { from, objective: closenessTo(new Uint8Array(3)), horizon: 2 };
  await expect(planByBeam(env, goal)).rejects.toThrow(ShapeError);
  await expect(planByCEM(env, goal, new Rng(0), { elites: 9, population: 8 })).rejects.toThrow(ConfigError);
  const fine = { from, objective: () => 0, horizon: 2 };
  const wrong = [{ horizon: 0 }, { horizon: -1 }, { horizon: Number.NaN }, { horizon: 1.5 }, { horizon: Infinity }];
  for (const bad of [...wrong, { enough: Number.NaN }, { from: undefined }, { horizons: 3 }]) {
    const told: object = { ...fine, ...bad };
    await expect(planByBeam(env, told as typeof fine)).rejects.toThrow(ConfigError);
    await expect(planByCEM(env, told as typeof fine, new Rng(0))).rejects.toThrow(ConfigError);
  }
  for (const options of [{ population: Infinity }, { iterations: Infinity }, { smoothing: Number.NaN }]) {
    await expect(planByCEM(env, fine, new Rng(0), options)).rejects.toThrow(ConfigError);
  }
  await expect(planByBeam(env, { ...fine, objective: () => Number.NaN })).rejects.toThrow(DataError);
  await expect(planByCEM(env, { ...fine, objective: () => Number.NaN }, new Rng(0))).rejects.toThrow(DataError);
  env.close();
  using pendulums = makeVecSync("Pendulum-v1", { numEnvs: 2 });
  const branching = Object.assign(pendulums, { getState: () => [0, 0], setState: () => {} });
  await expect(planByBeam(branching, { ...goal, from: 0 })).rejects.toThrow(/Discrete/);
});
