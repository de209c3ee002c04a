import { expect, test } from "vitest";
import { PPO, type PPOLog, type PPOOptions } from "../../src/agents/index.ts";
import { BaseEnv, Box, Discrete, SyncVectorEnv } from "../../src/env/index.ts";
import type { EnvInfo, ResetResult, StepResult } from "../../src/env/index.ts";
import { engine } from "../model/tiny-genie.ts";

/** Pays for action 1, whatever it shows. */
class Lure extends BaseEnv<Float32Array, number> {
  readonly observationSpace = new Box({ low: -1, high: 1, shape: [2] });
  readonly actionSpace = new Discrete(2);

  protected begin(): ResetResult<Float32Array, EnvInfo> {
    return [this.#look(), {}];
  }

  protected advance(action: number): StepResult<Float32Array, EnvInfo> {
    return [this.#look(), action, false, false, {}];
  }

  #look(): Float32Array {
    return Float32Array.of(2 * this.rng.uniform() - 1, 1);
  }
}

/** Somebody who always chose 0. */
const shown = {
  actions: new Uint8Array(64),
  observe: (rows: Uint32Array) => Float32Array.from([...rows].flatMap((row) => [row / 32 - 1, 1])),
};

/** Learns for 2,048 steps after imitation; the share of action 1 among its draws, and the logs. */
async function lured(options: PPOOptions) {
  using envs = new SyncVectorEnv(Array.from({ length: 8 }, () => () => new Lure()));
  const imitation = { shown, steps: 150, batchSize: 16, learningRate: 1e-2 };
  const chosen: PPOOptions = { numSteps: 32, hiddenSizes: [8], gamma: 0, learningRate: 1e-2, ...options };
  await using agent = await PPO.create(envs, chosen, { engine, seed: 1, imitation });
  const logs: PPOLog[] = [];
  for await (const log of agent.learn({ steps: 2048 })) logs.push(log);
  const obs = shown.observe(Uint32Array.from({ length: 64 }, (_, i) => i));
  const actions = (await agent.act(obs)) as Int32Array;
  return { share: actions.reduce((sum, action) => sum + action, 0) / actions.length, logs };
}

test("rewards wash out what was imitated, and an anchor holds it", async () => {
  const free = await lured({});
  expect(free.share).toBeGreaterThan(0.9);
  expect(free.logs.some((log) => "anchorKl" in log)).toBe(false);
  const held = await lured({ anchorCoef: 30 });
  expect(held.share).toBeLessThan(0.2);
  expect(Math.max(...held.logs.map((log) => Number(log.anchorKl)))).toBeLessThan(0.1);
});

/** The same in pictures, for which actor and critic share an encoder. */
class LureInPictures extends BaseEnv<Uint8Array, number> {
  readonly observationSpace = new Box({ low: 0, high: 255, shape: [8, 8, 3], dtype: "uint8" });
  readonly actionSpace = new Discrete(2);

  protected begin(): ResetResult<Uint8Array, EnvInfo> {
    return [this.#look(), {}];
  }

  protected advance(action: number): StepResult<Uint8Array, EnvInfo> {
    return [this.#look(), action, false, false, {}];
  }

  #look(): Uint8Array {
    return Uint8Array.from({ length: 8 * 8 * 3 }, () => this.rng.integer(256));
  }
}

/** What changes in each update, of two in the critic's warm-up and one after it: whole rollouts of 32 steps. */
async function changes(
  makeEnv: () => Lure | LureInPictures,
  more: PPOOptions = {},
  partOf = (name: string) => String(name.split(".")[0]),
): Promise<string[][]> {
  using envs = new SyncVectorEnv<Float32Array | Uint8Array, number>(Array.from({ length: 4 }, () => makeEnv));
  const options: PPOOptions = { numSteps: 8, hiddenSizes: [8], criticWarmup: 33, ...more };
  await using agent = await PPO.create(envs, options, { engine, seed: 1 });
  const changed: string[][] = [];
  let before = await agent.params();
  for await (const _ of agent.learn({ steps: 96 })) {
    const now = await agent.params();
    const names = Object.keys(now).filter((name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]));
    changed.push([...new Set(names.map(partOf))].toSorted());
    before = now;
  }
  return changed;
}

test("in the critic's warm-up the actor stays as it is to the bit, and the critic learns", async () => {
  expect(await changes(() => new Lure())).toEqual([["critic"], ["critic"], ["actor", "critic"]]);
});

test("nor does the anchor move it, of whose gradient rounding leaves something", async () => {
  expect(await changes(() => new Lure(), { anchorCoef: 0.5 })).toEqual([["critic"], ["critic"], ["actor", "critic"]]);
});

test("a critic with an encoder of its own teaches that one, from the first rollout on", async () => {
  const own = await changes(
    () => new LureInPictures(),
    { criticEncoder: "own" },
    (name) => name.replace(/\.\w+$/, ""),
  );
  const critic = ["critic.0", "critic.1", "critic.encoder.mix", "critic.encoder.patch"];
  expect(own.slice(0, 2)).toEqual([critic, critic]);
  expect(own[2]).toEqual(["actor.0", "actor.1", ...critic, "encoder.mix", "encoder.patch"]);
});

test("nor does the encoder change that both share", async () => {
  expect(await changes(() => new LureInPictures())).toEqual([["critic"], ["critic"], ["actor", "critic", "encoder"]]);
});

test("a critic teaches the encoder that it shares, unless it is detached", async () => {
  /** Encoder and actor after a rollout; no gradient is clipped, or the critic's size would tell. */
  const learnt = async (more: PPOOptions): Promise<string> => {
    using envs = new SyncVectorEnv(Array.from({ length: 4 }, () => () => new LureInPictures()));
    const options: PPOOptions = { numSteps: 8, hiddenSizes: [8], maxGradNorm: 1e6, ...more };
    await using agent = await PPO.create(envs, options, { engine, seed: 1 });
    for await (const _ of agent.learn({ steps: 32 })) continue;
    return JSON.stringify(Object.entries(await agent.params()).filter(([name]) => !name.startsWith("critic.")));
  };
  const untaught = await learnt({ valueCoef: 0 });
  expect(await learnt({ criticEncoder: "detached" })).toBe(untaught);
  expect(await learnt({})).not.toBe(untaught);
});

test("a warm-up that never ends is refused", async () => {
  using envs = new SyncVectorEnv(Array.from({ length: 4 }, () => () => new Lure()));
  await using agent = await PPO.create(envs, { numSteps: 8, criticWarmup: 96 }, { engine });
  // Rollouts are whole: the last one of 97 steps begins at 96.
  await expect(agent.learn({ steps: 96 }).next()).rejects.toThrow(/begin after criticWarmup.*got step 64 and 96/);
  const { value } = await agent.learn({ steps: 97 }).next();
  expect(value).toMatchObject({ globalStep: 32 });
  await using late = await PPO.create(envs, { numSteps: 8, criticWarmup: 65 }, { engine });
  await expect(late.learn({ steps: 96 }).next()).rejects.toThrow(/got step 64 and 65/);
});
