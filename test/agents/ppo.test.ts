import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { actionHead } from "../../src/agents/action-head.ts";
import { evaluate, PPO, type PPOLog, type PPOOptions } from "../../src/agents/index.ts";
import { onnxEngine } from "../../src/compute/index.ts";
import {
  AlreadyPendingCallError,
  CheckpointError,
  ClosedError,
  ConfigError,
  ShapeError,
} from "../../src/core/errors.ts";
import { BaseEnv, Box, makeSync, makeVecSync, MultiDiscrete, SyncVectorEnv } from "../../src/env/index.ts";
import type { EnvInfo, ResetResult, StepResult } from "../../src/env/index.ts";
import "../../src/games/index.ts";

const engine = onnxEngine({ threads: 1 });
const SMALL: PPOOptions = { numSteps: 8, numMinibatches: 2, updateEpochs: 2, hiddenSizes: [8] };

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ppo-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const cartPoles = (numEnvs = 4) => makeVecSync("CartPole-v1", { numEnvs });

async function learn(agent: PPO, steps: number): Promise<PPOLog[]> {
  const logs: PPOLog[] = [];
  for await (const log of agent.learn({ steps })) logs.push(log);
  return logs;
}

test("a single environment is refused with the way to many", async () => {
  using single = makeSync("CartPole-v1");
  const reason = /PPO: envs must be a vector environment, got a single one - makeVec/;
  await expect(PPO.create(single as never, SMALL, { engine })).rejects.toThrow(reason);
  await expect(PPO.load(join(folder, "nothing"), single as never, { engine })).rejects.toThrow(reason);
});

/** Rewards the action that repeats the observation's two digits; every episode is cut after one step. */
class Echo extends BaseEnv<Int32Array, Int32Array> {
  readonly observationSpace = new MultiDiscrete([2, 3]);
  readonly actionSpace = new MultiDiscrete([2, 3], { start: [0, 5] });
  #shown = Int32Array.of(0, 0);

  protected begin(): ResetResult<Int32Array, EnvInfo> {
    this.#shown = Int32Array.of(this.rng.integer(2), this.rng.integer(3));
    return [this.#shown.slice(), {}];
  }

  protected advance(action: Int32Array): StepResult<Int32Array, EnvInfo> {
    const hits = Number(action[0] === this.#shown[0]) + Number(action[1] === Number(this.#shown[1]) + 5);
    return [this.#shown.slice(), hits, false, true, {}];
  }
}

test("it learns Catch", async () => {
  using envs = makeVecSync("Catch-v0", { numEnvs: 32 });
  await using agent = await PPO.create(envs, { learningRate: 3e-3, updateEpochs: 4 }, { engine, seed: 1 });
  await learn(agent, 40_000);
  const results = await evaluate(agent, envs, { episodes: 100, seed: 7 });
  expect(results).toHaveLength(100);
  expect(results.every((episode) => episode.return === 1 && episode.length === 9)).toBe(true);
});

test.each(["SameStep", "NextStep"] as const)(
  "it learns several choices at once, rows reset by %s",
  async (autoresetMode) => {
    using envs = new SyncVectorEnv(
      Array.from({ length: 16 }, () => () => new Echo()),
      { autoresetMode },
    );
    await using agent = await PPO.create(
      envs,
      { learningRate: 1e-2, gamma: 0, updateEpochs: 4, hiddenSizes: [32] },
      { engine },
    );
    await learn(agent, 16_384);
    const results = await evaluate(agent, envs, { episodes: 64, seed: 7 });
    expect(results.every((episode) => episode.return === 2 && episode.length === 1)).toBe(true);
  },
);

test("equal seeds give equal agents, others do not", async () => {
  const paramsOf = async (seed: number) => {
    using envs = cartPoles();
    await using agent = await PPO.create(envs, SMALL, { engine, seed });
    await learn(agent, 64);
    return agent.params();
  };
  const first = await paramsOf(1);
  expect(await paramsOf(1)).toEqual(first);
  expect(await paramsOf(2)).not.toEqual(first);
});

test.each<PPOOptions>([{}, { anchorCoef: 0.5, criticWarmup: 40 }])(
  "an agent that was saved and loaded goes on exactly: %j",
  async (more) => {
    const options = { ...SMALL, ...more };
    using envs = cartPoles();
    await using agent = await PPO.create(envs, options, { engine, seed: 3 });
    for await (const _ of agent.learn({ steps: 96 })) break;
    await agent.save(join(folder, "agent"));
    await using loaded = await PPO.load(join(folder, "agent"), envs, { engine });
    expect(loaded.globalStep).toBe(32);
    const logs = await learn(agent, 96);
    expect(logs.map(({ globalStep }) => globalStep)).toEqual([64, 96]);
    expect(await learn(loaded, 96)).toEqual(logs);
    expect(await loaded.params()).toEqual(await agent.params());
  },
);

test("evaluations and checkpoints on the way change nothing that is learnt", async () => {
  const learnt = async (every: number) => {
    using envs = cartPoles();
    using judged = cartPoles(2);
    await using agent = await PPO.create(envs, SMALL, { engine, seed: 5 });
    for await (const { globalStep } of agent.learn({ steps: 96 })) {
      if (globalStep % every !== 0) continue;
      await evaluate(agent, judged, { episodes: 2, seed: 9 });
      await agent.save(join(folder, `step-${globalStep}`));
    }
    return agent.params();
  };
  expect(await learnt(32)).toEqual(await learnt(Infinity));
  using envs = cartPoles();
  await using loaded = await PPO.load(join(folder, "step-64"), envs, { engine });
  expect(loaded.globalStep).toBe(64);
});

test("the learning rate falls linearly, and learning stops at its last step", async () => {
  using envs = cartPoles();
  await using agent = await PPO.create(envs, { ...SMALL, learningRate: 1 / 16 }, { engine });
  const logs = await learn(agent, 128);
  expect(logs.map(({ learningRate }) => learningRate * 64)).toEqual([4, 3, 2, 1]);
  expect(await learn(agent, 128)).toEqual([]);
});

test("an update ends with the epoch after which the policy has moved too far", async () => {
  using envs = cartPoles();
  await using agent = await PPO.create(envs, { ...SMALL, learningRate: 0.1, targetKl: 1e-9 }, { engine });
  const [log] = await learn(agent, 32);
  expect(log?.epochs).toBe(1);
});

test("likeliest actions draw nothing; continuous ones stay within their bounds", async () => {
  using envs = makeVecSync("Pendulum-v1", { numEnvs: 64 });
  await using agent = await PPO.create(envs, SMALL, { engine });
  const [obs] = envs.reset({ seed: 0 });
  const likeliest = await agent.act(obs, { deterministic: true });
  const drawn = await agent.act(obs);
  expect(await agent.act(obs, { deterministic: true })).toEqual(likeliest);
  expect(await agent.act(obs)).not.toEqual(drawn);
  expect(drawn.every((torque) => Math.abs(torque) <= 2)).toBe(true);
  expect(envs.actionSpace.contains(drawn)).toBe(true);
  expect(await agent.act(new Float32Array(6))).toHaveLength(2);
});

test("an agent learns once at a time", async () => {
  using envs = cartPoles();
  await using agent = await PPO.create(envs, SMALL, { engine });
  for await (const { globalStep } of agent.learn({ steps: 64 })) {
    await expect(learn(agent, 64)).rejects.toThrow(AlreadyPendingCallError);
    expect(globalStep).toBe(agent.globalStep);
    break;
  }
  expect(await learn(agent, 64)).toHaveLength(1);
});

test("misuse is refused and says why", async () => {
  using envs = cartPoles();
  await expect(PPO.create(envs, { gamma: 2 }, { engine })).rejects.toThrow(ConfigError);
  await expect(PPO.create(envs, { numSteps: 3, numMinibatches: 5 }, { engine })).rejects.toThrow(/must divide/);
  const single = { numSteps: 4, numMinibatches: 16 };
  await expect(PPO.create(envs, single, { engine })).rejects.toThrow(/normalizeAdvantages/);
  await (await PPO.create(envs, { ...single, normalizeAdvantages: false }, { engine })).close();
  using disabled = makeVecSync("CartPole-v1", { numEnvs: 4, vectorOptions: { autoresetMode: "Disabled" } });
  await expect(PPO.create(disabled, SMALL, { engine })).rejects.toThrow(/autoresetMode/);
  const agent = await PPO.create(envs, SMALL, { engine });
  await expect(learn(agent, 0)).rejects.toThrow(ConfigError);
  await expect(agent.act(new Float32Array(5))).rejects.toThrow(ShapeError);
  await agent.close();
  await agent.close();
  await expect(agent.act(new Float32Array(4))).rejects.toThrow(ClosedError);
  await expect(learn(agent, 32)).rejects.toThrow(ClosedError);
});

test("an agent acts in any number of environments, and learns where rollouts have whole minibatches", async () => {
  const options = { ...SMALL, numSteps: 1, numMinibatches: 2 };
  using envs = cartPoles();
  using three = cartPoles(3);
  await using agent = await PPO.create(envs, options, { engine });
  const path = join(folder, "acts");
  await agent.save(path);
  await using loaded = await PPO.load(path, three, { engine });
  const [obs] = three.reset({ seed: 1 });
  expect(await loaded.act(obs, { deterministic: true })).toEqual(await agent.act(obs, { deterministic: true }));
  await expect(learn(loaded, 6)).rejects.toThrow(/PPO.learn: numMinibatches must divide 3 /);
  await expect(PPO.create(three, options, { engine })).rejects.toThrow(/PPO: numMinibatches must divide 3 /);
});

test("actions that are neither choices nor floats are refused", () => {
  const integers = new Box({ low: 0, high: 3, shape: [2], dtype: "int32" });
  expect(() => actionHead(integers)).toThrow(ConfigError);
});

test("a checkpoint of other spaces, or a damaged one, is refused", async () => {
  using envs = cartPoles();
  await using agent = await PPO.create(envs, SMALL, { engine });
  const path = join(folder, "other");
  await agent.save(path);
  using pendulums = makeVecSync("Pendulum-v1", { numEnvs: 4 });
  await expect(PPO.load(path, pendulums, { engine })).rejects.toThrow(CheckpointError);
  await writeFile(join(path, "ppo.json"), "{}");
  await expect(PPO.load(path, envs, { engine })).rejects.toThrow(CheckpointError);
});
