import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { evaluate, type Actor } from "../../src/agents/index.ts";
import { createProgram } from "../../src/cli/program.ts";
import { randomActor, runAndJumpActor } from "../../src/cli/reproduce/blind-actors.ts";
import { DreamPlan, DREAMERS, DreamResult } from "../../src/cli/reproduce/dream-plan.ts";
import { runDream } from "../../src/cli/reproduce/dream-experiment.ts";
import { learningCurves, markdownTable, summarise } from "../../src/cli/reproduce/dream-report.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { makeVecSync } from "../../src/env/index.ts";
import { Action } from "../../src/games/platformer/game.ts";
import { saveWorld } from "../../src/model/checkpoint.ts";
import { saveHeads } from "../../src/model/heads-file.ts";
import { GenieWorld } from "../../src/model/genie-world.ts";
import { headsParams, RewardHeadsConfig, setupHeads } from "../../src/model/reward-heads.ts";
import { initParams } from "../../src/nn/params.ts";
import { temporaryFolder } from "../data/pictures.ts";
import { engine, tinyGenie } from "../model/tiny-genie.ts";

const tiny = tinyGenie({ height: 64, width: 64, tokenizer: { patchSize: 16 }, actions: { patchSize: 32 } });
const heads = RewardHeadsConfig.parse({
  rewards: [0, 10],
  transformer: { numBlocks: 1, modelDim: 8, numHeads: 1 },
});

function dreamWorld(): GenieWorld {
  const params = initParams(headsParams(setupHeads(heads, tiny.setup)), new Rng(1));
  return new GenieWorld("toy", tiny.config, tiny.params, engine, { heads: { config: heads, params } });
}

const toyPPO = { numSteps: 4, numMinibatches: 2, updateEpochs: 1, embedDim: 4, featureDim: 8, hiddenSizes: [8] };
const PLAN = DreamPlan.parse({
  world: "toy",
  difficulty: "easy",
  frames: 60,
  labels: 20,
  memory: 2,
  deathPenalty: 1,
  starts: 4,
  numEnvs: 4,
  horizon: 4,
  dreamSteps: 32,
  imitationSteps: 3,
  episodes: 2,
  realHorizon: 6,
  seeds: 1,
  ppo: toyPPO,
  tuning: toyPPO,
});

const MADE_BY = { revision: "abc1234", cpu: "a processor" };

async function runToy(known: readonly DreamResult[] = [], folder = temporaryFolder()) {
  const world = dreamWorld();
  let results = known;
  const setup = { world, engine, folder, madeBy: MADE_BY, signal: new AbortController().signal, onProgress: () => {} };
  for await (const next of runDream(PLAN, known, setup)) results = [...next];
  world.close();
  return results;
}

test("every agent is judged on real levels, and dreamers in the dream as well; a run that stopped goes on to the same", async () => {
  const folder = temporaryFolder();
  const results = await runToy([], folder);
  expect(results.map(({ agent }) => agent)).toEqual([...DREAMERS]);
  for (const { agent, solved, dreamt, real, curve } of results) {
    const isDreamer = agent.includes("clone") || agent.includes("dream");
    expect(solved).toHaveLength(2);
    expect(real).toHaveLength(4);
    expect(dreamt).toHaveLength(isDreamer ? 4 : 0);
    expect(curve.length > 0).toBe(agent.includes("PPO"));
  }
  expect(results.at(-1)?.curve.at(-1)?.step).toBe(PLAN.labels);
  // Heads that know nothing expect half of the coin in every frame of the dream; the real game pays nothing in 4 steps.
  expect(summarise(results).find(({ agent }) => agent === "clone")?.dreamt?.mean).toBeGreaterThan(1);
  // Cloned anew, or the clone on disk.
  expect(existsSync(join(folder, "clone-0"))).toBe(true);
  expect(await runToy(results.slice(0, 2))).toEqual(results);
  expect(await runToy(results.slice(0, 4), folder)).toEqual(results);
  // As a run that began before there was such a row.
  const added = await runToy(results.filter(({ agent }) => agent !== "run right and jump"));
  expect(added).toHaveLength(results.length);
  expect(summarise(added)).toEqual(summarise(results));
  expect(results.map(({ madeBy }) => madeBy)).toEqual(results.map(() => MADE_BY));
  const table = markdownTable(PLAN, results);
  expect(table).not.toContain("revision");
  for (const agent of DREAMERS) expect(table).toContain(`| ${agent} | 0.0 [0.0, 65.8] |`);
  expect(learningCurves(results)).toContain("<svg");
  expect(learningCurves([])).toBeNull();
});

test("running right and jumping at random solves levels that random keys do not, without a look at them", async () => {
  const solved = async (actor: Actor) => {
    using envs = makeVecSync("Platformer-v0", { numEnvs: 20, horizon: 200 });
    const played = await evaluate(actor, envs, { episodes: 40, seed: 0 });
    return played.filter((episode) => episode.return > 0).length;
  };
  const [control, random] = [await solved(runAndJumpActor(new Rng(0))), await solved(randomActor(new Rng(0)))];
  // Three in ten, by far more levels.
  expect(control).toBeGreaterThan(6);
  expect(control).toBeLessThan(22);
  expect(random).toBeLessThan(3);
  const actions = runAndJumpActor(new Rng(0)).act(null, { starts: new Uint8Array(1000) }) as Int32Array;
  expect(new Set(actions)).toEqual(new Set([Action.right, Action.rightJump]));
});

test("the gap between dream and game is that of the pairs: steady where every start promises as much too much", () => {
  const solved = [0, 1] as const;
  const result = (seed: number, real: number[]): DreamResult => ({
    agent: "clone",
    seed,
    solved: [...solved],
    dreamt: real.map((value) => value + 2),
    real,
    curve: [],
  });
  const [one] = summarise([result(0, [0, 10, 0, 10])]);
  expect(one?.gap).toEqual({ mean: 2, low: 2, high: 2 });
  expect(Number(one?.real.high) - Number(one?.real.low)).toBeGreaterThan(5);
  const [three] = summarise([result(0, [0, 10]), result(1, [0, 0]), result(2, [10, 10])]);
  expect(three?.gap).toEqual({ mean: 2, low: 2, high: 2 });
  // Means 5, 0 and 10: wider than their range.
  expect(three?.real.low).toBeCloseTo(5 - (4.302653 * 5) / Math.sqrt(3), 3);
  const grown: DreamResult = { ...result(0, [0, 0]), agent: "clone, then PPO in the dream", solved: [1, 1] };
  const other: DreamResult = { ...grown, seed: 1, solved: [0, 1] };
  // Half of a seed's levels more, and none of the other's: 25 with Student's interval of two.
  const [, after] = summarise([result(0, [0, 0]), result(1, [0, 0]), grown, other]);
  expect(after?.beyondClone?.mean).toBeCloseTo(25, 9);
  expect(after?.beyondClone?.high).toBeCloseTo(25 + 12.7062 * 25, 2);
  const [random] = summarise([{ ...result(0, [0, 0]), agent: "random", dreamt: [] }]);
  expect(random).toMatchObject({ dreamt: null, gap: null });
});

test("results that do not tell their revision are read, and the table says which rows are of which", () => {
  const result = { seed: 0, solved: [0, 1], dreamt: [], real: [1, 2], curve: [] };
  const of = (agent: string, revision?: string) =>
    DreamResult.parse({ ...result, agent, ...(revision === undefined ? {} : { madeBy: { ...MADE_BY, revision } }) });
  const table = markdownTable(PLAN, [of("random"), of("clone", "abc1234"), { ...of("clone", "def5678"), seed: 1 }]);
  expect(table).toContain("\nRows are of more than one revision: random (unknown); clone (abc1234, def5678).\n");
  expect(markdownTable(PLAN, [of("random"), of("clone")])).not.toContain("revision");
});

/** Runs the command in this process; returns what it printed. */
async function run(...args: string[]): Promise<string> {
  return watchedRun(() => {}, ...args);
}

async function watchedRun(onError: (text: string) => void, ...args: string[]): Promise<string> {
  const printed: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line) => void printed.push(String(line)));
  vi.spyOn(console, "error").mockImplementation((line) => onError(String(line)));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    onError(String(text));
    return true;
  });
  try {
    await createProgram("0").parseAsync(["node", "genie-env", "reproduce", "dream", ...args]);
  } finally {
    vi.restoreAllMocks();
  }
  return printed.join("\n");
}

/** A folder with the tiny world. */
async function savedWorld(): Promise<string> {
  const folder = temporaryFolder();
  const training = { videos: [], heldOut: [], steps: {}, minutes: 0, seed: 0 };
  await saveWorld(folder, { name: "toy", description: "", genie: tiny.config, training }, tiny.params);
  return folder;
}

test("a world without heads, settings that break a rule, and a folder in use are refused", async () => {
  const [folder, out] = [await savedWorld(), join(temporaryFolder(), "run")];
  await expect(run("--world", folder, "--out", out)).rejects.toThrow(/train-heads/);
  await expect(run("--world", folder, "--out", out, "--set", "ppo.gamma=2")).rejects.toThrow(ConfigError);
  await expect(run("--world", folder, "--out", out, "--set", "dream.gamma=2")).rejects.toThrow(ConfigError);
  const few = ["--num-envs", "4", "--set", "tuning.numMinibatches=7"];
  await expect(run("--world", folder, "--out", out, ...few)).rejects.toThrow(/tuning: numMinibatches must divide 4 /);
  expect(existsSync(out)).toBe(false);
});

describe("with heads", () => {
  const TOY = (
    "--frames 60 --labels 20 --memory 2 --starts 4 --num-envs 4 --horizon 4 --dream-steps 32 --imitation-steps 3 --episodes 2 " +
    "--real-horizon 6 --seeds 1 --set ppo.numSteps=4 ppo.numMinibatches=2 ppo.embedDim=4 ppo.featureDim=8 ppo.hiddenSizes=[8]"
  ).split(" ");

  async function worldWithHeads(): Promise<string> {
    const folder = await savedWorld();
    const params = initParams(headsParams(setupHeads(heads, tiny.setup)), new Rng(1));
    const averagePrecision = { reward: null, end: null };
    await saveHeads(
      folder,
      { config: heads, params },
      {
        world: { genie: tiny.config, params: tiny.params },
        training: { episodes: 1, steps: 1, updates: 1, seed: 0, heldOutEpisodes: 1, averagePrecision },
      },
    );
    return folder;
  }

  test("control-C ends it with status 130, and what is printed stays JSON", async () => {
    const out = join(temporaryFolder(), "run");
    const said: string[] = [];
    try {
      const printed = await watchedRun(
        (text) => {
          // The controls are done, and the clone begins, which cannot be stopped.
          if (said.length === 0) process.emit("SIGINT");
          said.push(text);
        },
        "--world",
        await worldWithHeads(),
        "--json",
        "--out",
        out,
        ...TOY,
      );
      expect(process.exitCode).toBe(130);
      expect(said.at(-1)).toMatch(/^\d of 6 agents: stopped - go on with --resume$/);
      expect(JSON.parse(printed)).toMatchObject({
        summary: [{ agent: "random" }, { agent: "run right and jump" }, { agent: "clone" }],
      });
    } finally {
      process.exitCode = undefined;
    }
  });

  test("more labels than the expert has steps are refused before anything is learnt", async () => {
    const out = join(temporaryFolder(), "run");
    const args = ["--world", await worldWithHeads(), "--out", out, ...TOY, "--labels", "5000"];
    await expect(run(...args)).rejects.toThrow(/--labels: must be at most \d+, .*, got 5000/);
    expect(existsSync(join(out, "results.json"))).toBe(false);
  });

  test("a warm-up of the critic that never ends is refused before the video is recorded", async () => {
    const args = ["--world", await worldWithHeads(), "--out", join(temporaryFolder(), "run"), ...TOY];
    await expect(run(...args, "tuning.criticWarmup=1000000")).rejects.toThrow(/warm-up must be shorter/);
    await expect(run(...args, "ppo.criticWarmup=20")).rejects.toThrow(/shorter than the labels/);
  });
});
