/*
 * How fast PPO trains on CartPole, environments and learning together, beside Stable-Baselines3 and a single PyTorch file
 * as CleanRL's: the same hyper-parameters, in turns in one run. Prints JSON: the medians of steps a second, and of steps
 * per second of processor time (other programs on the machine do not count in it), and the ratios to each rival.
 *
 *   npm run bench:ppo [-- ROUNDS]
 */
import "../../src/games/index.ts";
import { PPO, type PPOOptions } from "../../src/agents/index.ts";
import { integerOption } from "../../src/cli/options.ts";
import { median } from "../../src/cli/speed-report.ts";
import { onnxEngine } from "../../src/compute/index.ts";
import { makeVecSync } from "../../src/env/index.ts";
import { expectWords, runBench } from "../run.ts";
import { findRivals, Rival, RIVALS, type RivalConfig, type Trained } from "./rival.ts";

const COMMON = { gaeLambda: 0.95, gamma: 0.99, clipCoef: 0.2, valueCoef: 0.5, maxGradNorm: 0.5 };
const SETTINGS = {
  /** The defaults of CleanRL's ppo.py, but for the clipped value loss. */
  "4 environments": {
    ...COMMON,
    numEnvs: 4,
    numSteps: 128,
    numMinibatches: 4,
    updateEpochs: 4,
    learningRate: 2.5e-4,
    entropyCoef: 0.01,
  },
  /** Those of the RL Baselines3 Zoo for CartPole. */
  "8 environments": {
    ...COMMON,
    numEnvs: 8,
    numSteps: 32,
    numMinibatches: 1,
    updateEpochs: 20,
    learningRate: 1e-3,
    entropyCoef: 0,
    gamma: 0.98,
    gaeLambda: 0.8,
  },
} as const;
const HIDDEN_SIZE = 64;
const STEPS = 8192;
/** Threads make networks so small slower, in PyTorch as in ONNX Runtime. */
const THREADS = 1;
const LAST_EPISODES = 50;

type Setting = (typeof SETTINGS)[keyof typeof SETTINGS];

async function trainGenie({ numEnvs, ...options }: Setting, seed: number): Promise<Trained> {
  const config: PPOOptions = { ...options, hiddenSizes: [HIDDEN_SIZE, HIDDEN_SIZE] };
  using envs = makeVecSync("CartPole-v1", { numEnvs, vectorOptions: { autoresetMode: "SameStep" } });
  await using agent = await PPO.create(envs, config, { engine: onnxEngine({ threads: THREADS }), seed });
  // The graphs are compiled before, as the rivals' networks are built.
  await agent.act(envs.reset({ seed })[0]);
  const [wall, processor] = [performance.now(), process.cpuUsage()];
  const returns: number[] = [];
  for await (const { episodes } of agent.learn({ steps: STEPS })) {
    returns.push(...episodes.map((episode) => episode.return));
  }
  const { user, system } = process.cpuUsage(processor);
  const last = returns.slice(-LAST_EPISODES);
  return {
    steps: agent.globalStep,
    seconds: (performance.now() - wall) / 1000,
    processorSeconds: (user + system) / 1e6,
    meanReturn: last.length === 0 ? null : last.reduce((sum, x) => sum + x, 0) / last.length,
  };
}

function summaryOf(all: readonly Trained[]) {
  return {
    stepsPerSecond: Math.round(median(all.map(({ steps, seconds }) => steps / seconds))),
    stepsPerProcessorSecond: Math.round(median(all.map(({ steps, processorSeconds }) => steps / processorSeconds))),
    meanReturns: all.map(({ meanReturn }) => (meanReturn === null ? null : Math.round(meanReturn))),
  };
}

async function compare(python: string, setting: Setting, rounds: number) {
  const config: RivalConfig = { ...setting, hiddenSize: HIDDEN_SIZE, threads: THREADS, seed: 1 };
  const rivals = await Promise.all(RIVALS.map((name) => Rival.start(python, name, config)));
  const measured: Record<string, Trained[]> = { genie: [], ...Object.fromEntries(RIVALS.map((name) => [name, []])) };
  try {
    // The first round warms everything up.
    for (let round = 0; round <= rounds; round++) {
      const trained = [await trainGenie(setting, round)];
      for (const rival of rivals) trained.push(await rival.train(STEPS));
      if (round === 0) continue;
      for (const [i, name] of ["genie", ...RIVALS].entries()) if (trained[i]) measured[name]?.push(trained[i]);
    }
  } finally {
    for (const rival of rivals) rival.close();
  }
  const summaries = Object.fromEntries(Object.entries(measured).map(([name, all]) => [name, summaryOf(all)]));
  const ratios = RIVALS.map((name) => {
    const of = (key: "stepsPerSecond" | "stepsPerProcessorSecond") =>
      Number((Number(summaries["genie"]?.[key]) / Number(summaries[name]?.[key])).toFixed(2));
    return [name, { wall: of("stepsPerSecond"), processor: of("stepsPerProcessorSecond") }];
  });
  const versions = Object.assign({}, ...rivals.map((rival) => rival.versions));
  return { ...config, steps: STEPS, ...summaries, timesAsFastAs: Object.fromEntries(ratios), versions };
}

await runBench(async (words) => {
  expectWords("bench:ppo", words, 1);
  const rounds = integerOption("rounds", words[0] ?? "3", 1);
  const python = await findRivals();
  const results: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS)) {
    if (python !== null) results[name] = await compare(python, setting, rounds);
    else {
      await trainGenie(setting, 0);
      results[name] = { ...setting, steps: STEPS, genie: summaryOf([await trainGenie(setting, 1)]) };
    }
  }
  if (python === null) {
    console.error("The rivals are left out: they cannot be installed here (they need python3 and a package index)");
  }
  console.log(JSON.stringify(results, null, 2));
});
