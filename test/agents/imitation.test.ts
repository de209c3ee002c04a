import { expect, test } from "vitest";
import { PPO } from "../../src/agents/index.ts";
import { DataError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { makeVecSync } from "../../src/env/index.ts";
import "../../src/games/index.ts";
import { engine } from "../model/tiny-genie.ts";

const options = { numSteps: 4, hiddenSizes: [16] };

/** Cart positions, and which side of the middle they are on. */
function shownCarts(count: number) {
  const rng = new Rng(5);
  const carts = Array.from({ length: count }, () => Array.from({ length: 4 }, () => 2 * rng.uniform() - 1));
  return {
    actions: carts.map(([x = 0]) => Number(x > 0)),
    observe: (rows: Uint32Array) => Float32Array.from([...rows].flatMap((row) => carts[row] ?? [])),
  };
}

test("an actor learns to do what it was shown, and its critic keeps its birth", async () => {
  using envs = makeVecSync("CartPole-v1", { numEnvs: 4 });
  const shown = shownCarts(400);
  const imitation = { shown, steps: 300, batchSize: 32, learningRate: 1e-2 };
  await using clone = await PPO.create(envs, options, { engine, seed: 3, imitation });
  await using fresh = await PPO.create(envs, options, { engine, seed: 3 });
  const all = Uint32Array.from({ length: 400 }, (_, i) => i);
  const done = await clone.act(shown.observe(all), { deterministic: true });
  const right = [...done].filter((action, i) => action === shown.actions[i]).length;
  expect(right).toBeGreaterThan(380);
  const [taught, born] = [await clone.params(), await fresh.params()];
  for (const name of Object.keys(born)) {
    const isSame = JSON.stringify(taught[name]) === JSON.stringify(born[name]);
    expect([name, isSame]).toEqual([name, name.startsWith("critic.")]);
  }
  // It goes on by reward.
  for await (const { globalStep } of clone.learn({ steps: 16 })) expect(globalStep).toBe(16);
});

test("nothing cannot be imitated", async () => {
  using envs = makeVecSync("CartPole-v1", { numEnvs: 4 });
  const imitation = { shown: { actions: [], observe: () => new Float32Array(0) }, steps: 1 };
  await expect(PPO.create(envs, options, { engine, imitation })).rejects.toThrow(DataError);
});
