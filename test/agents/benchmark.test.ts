import { describe, expect, test } from "vitest";
import { agentFactory, type BenchmarkAgent, type NamedAgent } from "../../src/agents/benchmark/agent.ts";
import { constantAgent, ppoAgent, randomAgent } from "../../src/agents/benchmark/built-in.ts";
import { bcAgent } from "../../src/agents/benchmark/clone.ts";
import { missingRuns, planRuns, runAll } from "../../src/agents/benchmark/run-all.ts";
import { runName, type FinishedRun, type RunResult } from "../../src/agents/benchmark/result.ts";
import { runOne, type BenchmarkTask, type RunOptions } from "../../src/agents/benchmark/run-one.ts";
import { summarise } from "../../src/agents/benchmark/summary.ts";
import { ConfigError } from "../../src/core/errors.ts";
import {
  BaseEnv,
  Box,
  Discrete,
  make,
  makeVec,
  SyncVectorEnv,
  type EnvInfo,
  type ResetResult,
  type StepResult,
} from "../../src/env/index.ts";
import { CatchEnv } from "../../src/games/index.ts";
import { scriptedAgent } from "../../src/games/scripted.ts";
import { FRAME_SHAPE, toPixels } from "./catch-pixels.ts";

function gameTask(id: string, options: Readonly<Record<string, unknown>> = {}): BenchmarkTask {
  return {
    name: id,
    rewardThreshold: null,
    make: () => make(id, { ...options, renderMode: "rgb_array" }),
    makeVec: (numEnvs) => makeVec(id, { ...options, numEnvs }),
  };
}

/** Catch as pictures of ten by five pixels. */
class PixelCatch extends BaseEnv<Uint8Array, number> {
  readonly #game = new CatchEnv();
  readonly observationSpace = new Box({ low: 0, high: 255, shape: [...FRAME_SHAPE], dtype: "uint8" });
  readonly actionSpace = this.#game.actionSpace;

  protected begin(): ResetResult<Uint8Array, EnvInfo> {
    const [board] = this.#game.reset({ seed: this.rng.integer(2 ** 31) });
    return [toPixels(board), {}];
  }

  protected advance(action: number): StepResult<Uint8Array, EnvInfo> {
    const [board, ...rest] = this.#game.step(action);
    return [toPixels(board), ...rest];
  }
}

/** Shows the left or the right half of a picture, then a black one, and pays whoever then says which half it was. */
class Remembered extends BaseEnv<Uint8Array, number> {
  readonly observationSpace = new Box({ low: 0, high: 255, shape: [4, 4, 3], dtype: "uint8" });
  readonly actionSpace = new Discrete(2);
  #side = 0;
  #isLast = false;

  protected begin(): ResetResult<Uint8Array, EnvInfo> {
    this.#side = this.rng.integer(2);
    this.#isLast = false;
    const isLit = (at: number) => Math.floor((at % 12) / 6) === this.#side;
    return [Uint8Array.from({ length: 48 }, (_, at) => (isLit(at) ? 255 : 0)), {}];
  }

  protected advance(action: number): StepResult<Uint8Array, EnvInfo> {
    const isOver = this.#isLast;
    this.#isLast = true;
    return [new Uint8Array(48), isOver && action === this.#side ? 1 : 0, isOver, false, {}];
  }
}

function toBoard(pixels: unknown): Float32Array {
  const bytes = pixels as Uint8Array;
  return Float32Array.from({ length: bytes.length / 3 }, (_, cell) => Number(bytes[cell * 3]) / 255);
}

const { signal } = new AbortController();
const options: RunOptions = { steps: 300, episodes: 20, deterministic: true, maxEpisodeSteps: 500, signal };
const scripted = (id: string): NamedAgent => ({ name: "scripted", create: () => scriptedAgent(id) });

test("a run is judged in an environment of its own, and says what it took", async () => {
  const outcome = await runOne(ppoAgent({ numSteps: 8, numMinibatches: 2 }, 4), gameTask("Catch-v0"), 1, options);
  expect(outcome.returns).toHaveLength(20);
  expect(outcome.lengths.every((length) => length === 9)).toBe(true);
  expect(outcome.evaluationSteps).toBe(180);
  expect(outcome.trainSteps).toBe(320);
  expect(outcome.curve.at(-1)?.step).toBe(320);
  expect(outcome.video?.frames).toMatchObject({ count: 10, height: 100, width: 50 });
});

test("ppo sees the pictures before this one, of this episode only", async () => {
  const task: BenchmarkTask = {
    name: "Remembered",
    rewardThreshold: null,
    make: async () => new Remembered(),
    makeVec: async (numEnvs) => new SyncVectorEnv(Array.from({ length: numEnvs }, () => () => new Remembered())),
  };
  const agent = ppoAgent({ numSteps: 32, numMinibatches: 4, learningRate: 3e-3 }, 8);
  const { meanReturn } = await runOne(agent, task, 0, { ...options, steps: 4000 });
  // Who sees one picture is right half of the time.
  expect(meanReturn).toBe(1);
});

test("equal seeds give equal runs, and all agents of a seed play the same episodes", async () => {
  const starts = async (seed: number): Promise<number[]> => {
    const seen: number[] = [];
    const spy: BenchmarkAgent = {
      act: (obs) => {
        if (obs instanceof Float32Array && obs.indexOf(1) < 5) seen.push(obs.indexOf(1));
        return 1;
      },
    };
    await runOne({ name: "spy", create: () => spy }, gameTask("Catch-v0"), seed, options);
    return seen;
  };
  expect(await starts(1)).toHaveLength(20);
  expect(await starts(1)).toEqual(await starts(1));
  expect(await starts(2)).not.toEqual(await starts(1));
  const returns = async () => (await runOne(randomAgent, gameTask("Catch-v0"), 3, options)).returns;
  expect(await returns()).toEqual(await returns());
});

test.each([
  ["Catch-v0", 1],
  ["CartPole-v1", 500],
  ["Platformer-v0", 10],
])("the scripted player of %s solves it", async (id, best) => {
  const { returns } = await runOne(scripted(id), gameTask(id), 0, { ...options, episodes: 2, maxEpisodeSteps: 1000 });
  expect(returns).toEqual([best, best]);
});

test("the constant agent holds the action that paid most", async () => {
  const outcome = await runOne(constantAgent, gameTask("CartPole-v1"), 0, { ...options, episodes: 1 });
  expect(outcome.meanReturn).toBeGreaterThan(5);
  expect(outcome.meanReturn).toBeLessThan(15);
  // Ten episodes of each action.
  expect(outcome.curve).toHaveLength(20);
});

/** Pays the second action where the start says so, once in about three. */
class Lucky extends BaseEnv<number, number> {
  readonly observationSpace = new Discrete(1);
  readonly actionSpace = new Discrete(3);

  protected begin(): ResetResult<number, EnvInfo> {
    return [0, {}];
  }

  protected advance(action: number): StepResult<number, EnvInfo> {
    return [0, action === 1 && this.rng.uniform() < 0.3 ? 1 : 0, true, false, {}];
  }
}

test("the constant agent finds an action that seldom pays, which an episode each would miss", async () => {
  const task: BenchmarkTask = {
    name: "Lucky",
    rewardThreshold: null,
    make: async () => new Lucky(),
    makeVec: async (numEnvs) => new SyncVectorEnv(Array.from({ length: numEnvs }, () => () => new Lucky())),
  };
  for (const seed of [0, 1, 2]) {
    const { meanReturn } = await runOne(constantAgent, task, seed, { ...options, episodes: 40 });
    expect(meanReturn).toBeGreaterThan(0.1);
  }
});

describe("bc", () => {
  /** Catch, where its scripted player shows how; as pictures if `pixels`. */
  const shownCatch = (pixels: boolean): BenchmarkTask => {
    const open = () => (pixels ? new PixelCatch() : new CatchEnv());
    return {
      name: "Catch-v0",
      rewardThreshold: null,
      make: () => Promise.resolve(open()),
      makeVec: (numEnvs) => makeVec("Catch-v0", { numEnvs }),
      async *demonstrate() {
        using env = open();
        const player = scriptedAgent("Catch-v0");
        for (let seed = 0; ; seed++) {
          let [obs] = env.reset({ seed });
          const [observations, actions]: [unknown[], unknown[]] = [[obs], []];
          for (let isOver = false; !isOver;) {
            // The player of boards is shown one.
            const action = Number(player.act(pixels ? toBoard(obs) : obs));
            [obs, , isOver] = env.step(action);
            observations.push(obs);
            actions.push(action);
          }
          yield { observations, actions, weights: actions.map(() => 1) };
        }
      },
    };
  };

  test.each([
    ["vectors", false],
    ["pictures", true],
  ])("learns by watching: %s", async (_, pixels) => {
    const agent = bcAgent({ network: { patchSize: 5, modelDim: 32, readDim: 16 }, updates: 300 });
    const outcome = await runOne(agent, shownCatch(pixels), 0, { ...options, steps: 900 });
    expect(outcome.trainSteps).toBe(900);
    expect(outcome.meanReturn).toBeGreaterThanOrEqual(0.8);
  });

  test("fails where nobody shows how", async () => {
    await expect(runOne(bcAgent(), gameTask("Catch-v0"), 0, options)).rejects.toThrow(/bc: somebody must show how/);
    await expect(runOne(bcAgent(), gameTask("Pendulum-v1"), 0, options)).rejects.toThrow(
      /bc: actions must be Discrete/,
    );
  });
});

test("classes, functions and objects are agents, other things are not", async () => {
  const agent = { act: () => 0 };
  class Mine {
    act(): number {
      return 1;
    }
  }
  const context = await make("Catch-v0").then(({ observationSpace, actionSpace }) => ({
    observationSpace,
    actionSpace,
    seed: 0,
  }));
  expect(await agentFactory(agent, "x")(context)).toBe(agent);
  expect(await agentFactory(() => agent, "x")(context)).toBe(agent);
  expect(await agentFactory(Mine, "x")(context)).toBeInstanceOf(Mine);
  expect(() => agentFactory({}, "x")).toThrow(ConfigError);
  expect(() => agentFactory({ ...agent, learn: "x" }, "mine")).toThrow(/mine: learn .* got string/);
  await expect(async () => agentFactory(() => 3, "x")(context)).rejects.toThrow(/act\(obs, info\)/);
});

const finished = (agent: string, task: string, seed: number, meanReturn: number): FinishedRun => ({
  agent,
  task,
  seed,
  status: "done",
  meanReturn,
  returns: [meanReturn],
  lengths: [1],
  curve: [],
  trainSteps: 0,
  trainSeconds: 0,
  evaluationSteps: 1,
  evaluationSeconds: 1,
  actMilliseconds: { p50: 0, p95: 0 },
  stepMilliseconds: { p50: 0, p95: 0 },
  peakMemoryMB: 1,
  video: null,
});

test("a run that fails is a result, and the rest goes on", async () => {
  const runs = planRuns(["a", "b"], ["t"], 2);
  const results: RunResult[] = [];
  await runAll(runs, {
    workers: 2,
    execute: async ({ agent, task, seed }) => {
      if (agent === "b") throw new Error("no");
      return finished(agent, task, seed, 1);
    },
    onResult: (result) => void results.push(result),
  });
  expect(results).toHaveLength(4);
  expect(results.filter(({ status }) => status === "failed")).toMatchObject([
    { agent: "b", error: "no" },
    { agent: "b", error: "no" },
  ]);
  expect(missingRuns(runs, results).map(({ agent }) => agent)).toEqual(["b", "b"]);
});

test("runs whose names differ by letters that no file's name has are two, each with files of its own", () => {
  const runs = planRuns(["./智能体.ts", "./随机.ts", "a b", "a-b", "a__t"], ["t", "t__t"], 2);
  const names = runs.map(runName);
  expect(new Set(names).size).toBe(runs.length);
  expect(names.every((name) => /^[\w.-]+$/.test(name))).toBe(true);
  expect(runName({ agent: "ppo", task: "Catch-v0", seed: 1 })).toBe("ppo__Catch-v0__seed-1");
  const done = runs.slice(0, 1).map(({ agent, task, seed }) => finished(agent, task, seed, 1));
  expect(missingRuns(runs, done)).toEqual(runs.slice(1));
});

test("what was stopped is no result, and nothing is begun after it", async () => {
  const controller = new AbortController();
  const begun: string[] = [];
  const results: RunResult[] = [];
  await runAll(planRuns(["a", "b", "c"], ["t"], 1), {
    signal: controller.signal,
    execute: async (run) => {
      begun.push(run.agent);
      if (run.agent === "a") return finished("a", "t", 0, 1);
      controller.abort();
      throw new Error("stopped");
    },
    onResult: (result) => void results.push(result),
  });
  expect(begun).toEqual(["a", "b"]);
  expect(results.map(({ agent }) => agent)).toEqual(["a"]);
});

test("scores lie between the random agent and the reference", () => {
  const results: RunResult[] = [
    ...[0, 1].flatMap((seed) => [
      finished("random", "t", seed, -1),
      finished("scripted", "t", seed, 3),
      finished("mine", "t", seed, seed),
      finished("random", "u", seed, 0),
      finished("mine", "u", seed, 8),
    ]),
    { agent: "broken", task: "t", seed: 0, status: "failed", error: "no" },
  ];
  const tasks = [
    { name: "t", rewardThreshold: 100 },
    { name: "u", rewardThreshold: 16 },
  ];
  const agents = ["random", "scripted", "mine", "broken"];
  const summary = summarise(results, { agents, tasks, seed: 0, resamples: 200 });
  expect(summary.scales).toEqual([
    { task: "t", random: -1, reference: 3, referenceIs: "scripted" },
    { task: "u", random: 0, reference: 16, referenceIs: "threshold" },
  ]);
  expect(summary.tasks.find(({ agent, task }) => agent === "mine" && task === "t")?.scores).toEqual([0.25, 0.5]);
  const [random, script, mine, broken] = summary.agents;
  expect(random?.overall?.iqm.value).toBe(0);
  expect(script?.overall).toBeNull();
  expect(mine?.overall?.iqm.value).toBe(0.5);
  expect(mine?.overall?.improvement["random"]?.value).toBe(1);
  expect(broken).toMatchObject({ runs: 0, failed: 1, overall: null });
  expect(summarise(results, { agents, tasks, seed: 0, resamples: 200 })).toEqual(summary);
  // Two draws lie on both sides of the median half of the time.
  expect(summary.warnings).toEqual([
    expect.stringMatching(/only 2 runs.* about 50 times of 100, not 95.* Take 5 seeds/),
  ]);
});

test("a summary says how narrow intervals of few runs are, until there are five", () => {
  const tasks = [{ name: "t", rewardThreshold: null }];
  const warnings = (seeds: number) => {
    const runs = Array.from({ length: seeds }, (_, seed) => [
      finished("random", "t", seed, 0),
      finished("mine", "t", seed, seed + 1),
    ]).flat();
    return summarise(runs, { agents: ["random", "mine"], tasks, seed: 0, resamples: 20 }).warnings;
  };
  expect(warnings(3)).toEqual([
    expect.stringMatching(/a single task are too narrow, .* only 3 runs .* 75 times of 100/),
  ]);
  expect(warnings(4)).toEqual([expect.stringMatching(/only 4 runs .* 88 times of 100/)]);
  expect(warnings(5)).toEqual([]);
});

test("a summary says of a task that pays everybody the same that there was nothing to learn", () => {
  const results = [finished("random", "t", 0, 0), finished("mine", "t", 0, 0)];
  const options = { agents: ["random", "mine"], tasks: [{ name: "t", rewardThreshold: null }], seed: 0, resamples: 20 };
  expect(summarise(results, options).warnings[0]).toMatch(
    /^t counts in no .*: every episode of every agent came to 0, .* - in a learnt world give it another --reward/,
  );
});

test("a summary of the random agent alone says that nobody else finished, not that there was nothing to learn", () => {
  const options = { agents: ["random"], tasks: [{ name: "t", rewardThreshold: null }], seed: 0, resamples: 20 };
  expect(summarise([finished("random", "t", 0, -1451.67)], options).warnings[0]).toBe(
    "t counts in no agent's scores over all tasks: no agent but random has a run that finished.",
  );
});

test("a summary says who learnt from many more steps than were given", () => {
  const longer = { ...finished("mine", "t", 0, 1), trainSteps: 4500 };
  const slightly = { ...finished("other", "t", 0, 1), trainSteps: 1600 };
  const options = { agents: ["mine", "other"], tasks: [{ name: "t", rewardThreshold: 1 }], seed: 0, resamples: 20 };
  const told = summarise([longer, slightly], { ...options, steps: 1500 }).warnings.filter((text) => /steps/.test(text));
  expect(told).toEqual([expect.stringMatching(/^mine learnt from 4,500 steps on t where 1,500 were given/)]);
});

test("a summary says which tasks count for nobody, and which intervals are of a single run", () => {
  const failed: RunResult = { agent: "random", task: "lost", seed: 0, status: "failed", error: "no" };
  const results = ["won", "even"].flatMap((task) => [
    finished("random", task, 0, 0),
    finished("mine", task, 0, task === "won" ? 1 : 0),
    ...(task === "even" ? [finished("worse", task, 0, -1)] : []),
  ]);
  const options = { agents: ["random", "mine"], seed: 0, resamples: 20 };
  const tasks = ["won", "even", "lost"].map((name) => ({ name, rewardThreshold: null }));
  const { warnings, agents } = summarise([...results, failed, finished("mine", "lost", 0, 9)], { ...options, tasks });
  expect(agents[1]?.overall?.iqm.value).toBe(1);
  expect(warnings).toEqual([
    "even counts in no agent's scores over all tasks: nobody beats the random agent.",
    "lost counts in no agent's scores over all tasks: the random agent has no run that finished.",
    "There is a single run of everything: such intervals have no width, and do not tell how seeds differ.",
  ]);
  const more = summarise([...results, finished("random", "won", 1, 0)], { ...options, tasks: tasks.slice(0, 1) });
  expect(more.warnings).toEqual([
    "There is a single run of mine on won: such intervals have no width, and do not tell how seeds differ.",
    expect.stringContaining("only 2 runs"),
  ]);
});
