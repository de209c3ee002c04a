import { expect, test } from "vitest";
import { actionHead } from "../../src/agents/action-head.ts";
import { Observations } from "../../src/agents/observations.ts";
import { Collector, type Decider, type Rollout } from "../../src/agents/rollout.ts";
import { Rng } from "../../src/core/rng.ts";
import { BaseEnv, Box, Discrete, SyncVectorEnv } from "../../src/env/index.ts";
import type { EnvInfo, ResetResult, StepResult } from "../../src/env/index.ts";

type Script = { readonly row: number; readonly length: number; readonly ends: "terminated" | "truncated" };

/** Episodes of one length. Shows row, episode and step as the digits of one number, and pays 1 a step. */
class Scripted extends BaseEnv<Float32Array, number> {
  readonly observationSpace = new Box({ low: 0, high: 1000, shape: [1] });
  readonly actionSpace = new Discrete(2);
  readonly #script: Script;
  #episode = -1;
  #step = 0;

  constructor(script: Script) {
    super();
    this.#script = script;
  }

  protected begin(): ResetResult<Float32Array, EnvInfo> {
    this.#episode += 1;
    this.#step = 0;
    return [this.#shown(), {}];
  }

  protected advance(): StepResult<Float32Array, EnvInfo> {
    this.#step += 1;
    const { length, ends } = this.#script;
    const isLast = this.#step === length;
    return [this.#shown(), 1, isLast && ends === "terminated", isLast && ends === "truncated", {}];
  }

  #shown(): Float32Array {
    return Float32Array.of(100 * this.#script.row + 10 * this.#episode + this.#step);
  }
}

/** Values an observation by the number that it is. */
const readsAloud: Decider = {
  decide: (obs) => {
    const zeros = new Float32Array(obs.length);
    return Promise.resolve({ actions: zeros, modes: zeros, logProbs: zeros, values: obs.slice() });
  },
};

const SCRIPTS: readonly Script[] = [
  { row: 1, length: 1, ends: "truncated" },
  { row: 2, length: 2, ends: "terminated" },
  { row: 3, length: 3, ends: "truncated" },
];

async function start(autoresetMode: "SameStep" | "NextStep") {
  const envs = new SyncVectorEnv(
    SCRIPTS.map((script) => () => new Scripted(script)),
    { autoresetMode },
  );
  const observations = new Observations(envs.singleObservationSpace);
  return Collector.start(envs, { observations, head: actionHead(envs.singleActionSpace) }, 0);
}

/** A column of [T, 3] for each row. */
function byRow(rollout: Rollout, name: "values" | "rewards" | "weights" | "ended" | "finalValues"): number[][] {
  return SCRIPTS.map((_, row) => Array.from(rollout[name]).filter((_value, i) => i % SCRIPTS.length === row));
}

// In both, more episodes are cut than there are rows.
test("SameStep: a cut episode is worth what its last observation is, which no row shows", async () => {
  const collector = await start("SameStep");
  const rollout = await collector.collect(readsAloud, 6, new Rng(0));
  expect(byRow(rollout, "values")).toEqual([
    [100, 110, 120, 130, 140, 150, 160],
    [200, 201, 210, 211, 220, 221, 230],
    [300, 301, 302, 310, 311, 312, 320],
  ]);
  expect(byRow(rollout, "ended")).toEqual([
    [1, 1, 1, 1, 1, 1],
    [0, 1, 0, 1, 0, 1],
    [0, 0, 1, 0, 0, 1],
  ]);
  expect(byRow(rollout, "finalValues")).toEqual([
    [101, 111, 121, 131, 141, 151],
    [0, 0, 0, 0, 0, 0],
    [0, 0, 303, 0, 0, 313],
  ]);
  expect(byRow(rollout, "weights").flat()).toEqual(new Array<number>(18).fill(1));
  expect(byRow(rollout, "rewards").flat()).toEqual(new Array<number>(18).fill(1));
  const lengths = collector.takeFinished().map(({ length }) => length);
  expect(lengths).toEqual([1, 1, 2, 1, 3, 1, 2, 1, 1, 2, 3]);
});

test("NextStep: the step that only starts an episode anew weighs nothing", async () => {
  const collector = await start("NextStep");
  const rollout = await collector.collect(readsAloud, 6, new Rng(0));
  expect(byRow(rollout, "values")).toEqual([
    [100, 101, 110, 111, 120, 121, 130],
    [200, 201, 202, 210, 211, 212, 220],
    [300, 301, 302, 303, 310, 311, 312],
  ]);
  expect(byRow(rollout, "ended")).toEqual([
    [1, 0, 1, 0, 1, 0],
    [0, 1, 0, 0, 1, 0],
    [0, 0, 1, 0, 0, 0],
  ]);
  expect(byRow(rollout, "finalValues")).toEqual([
    [101, 0, 111, 0, 121, 0],
    [0, 0, 0, 0, 0, 0],
    [0, 0, 303, 0, 0, 0],
  ]);
  const weights = [
    [1, 0, 1, 0, 1, 0],
    [1, 1, 0, 1, 1, 0],
    [1, 1, 1, 0, 1, 1],
  ];
  expect(byRow(rollout, "weights")).toEqual(weights);
  expect(byRow(rollout, "rewards")).toEqual(weights);
  // Steps that weigh nothing are no steps of an episode either.
  expect(collector.takeFinished().map((episode) => [episode.return, episode.length])).toEqual([
    [1, 1],
    [2, 2],
    [1, 1],
    [3, 3],
    [1, 1],
    [2, 2],
  ]);
});

test("NextStep: a rollout remembers the rows that ended with the one before", async () => {
  const collector = await start("NextStep");
  await collector.collect(readsAloud, 1, new Rng(0));
  const next = await collector.collect(readsAloud, 2, new Rng(0));
  expect(byRow(next, "weights")).toEqual([
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
});
