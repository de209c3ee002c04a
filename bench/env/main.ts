/*
 * CartPole under random actions on one core, beside Gymnasium's in the same run, in turns: the bare environment, what
 * `make` builds with episode statistics around it, and native batches. Prints JSON: steps per second of processor
 * time (other programs on the machine do not count), medians over rounds.
 *
 *   npm run bench:env
 */
import { median } from "../../src/cli/speed-report.ts";
import { Rng } from "../../src/core/rng.ts";
import { makeSync, RecordEpisodeStatistics } from "../../src/env/index.ts";
import type { Env } from "../../src/env/index.ts";
import { CartPoleEnv, CartPoleVectorEnv } from "../../src/games/index.ts";
import { expectWords, runBench } from "../run.ts";
import { findGymnasium, rivalSpeeds, type Speeds } from "./rival.ts";

const ROUNDS = 5;
const BATCH_SIZES = [64, 256, 1024];
const STEPS = 1 << 21;
const RIVAL_STEPS = 50_000;
/** Drawn beforehand and repeated, so that only steps are measured. */
const NUM_ACTIONS = 1 << 16;

const rng = new Rng("bench");
const actions = Array.from({ length: NUM_ACTIONS }, () => rng.integer(2));

/** Units of work per second of processor time. */
function speed(work: number, run: () => void): number {
  const began = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(began);
  return work / ((user + system) / 1e6);
}

/** Steps a second of one environment, resets included. */
function single(env: Env<unknown, number>): number {
  env.reset({ seed: 0 });
  return speed(STEPS, () => {
    for (let i = 0; i < STEPS; i++) {
      const [, , terminated, truncated] = env.step(actions[i % NUM_ACTIONS] ?? 0);
      if (terminated || truncated) env.reset();
    }
  });
}

/** Steps a second of all rows of a native batch together; each step starts the rows that ended anew. */
function batched(numEnvs: number): number {
  const env = new CartPoleVectorEnv({ numEnvs, maxEpisodeSteps: 500 });
  const starts = Array.from({ length: STEPS / numEnvs }, () => rng.integer(NUM_ACTIONS - numEnvs));
  const table = Int32Array.from(actions);
  env.reset({ seed: 0 });
  return speed(STEPS, () => {
    for (const start of starts) env.step(table.subarray(start, start + numEnvs));
  });
}

function genieSpeeds(): Speeds {
  return {
    single: single(new CartPoleEnv()),
    wrapped: single(new RecordEpisodeStatistics(makeSync<unknown, number>("CartPole-v1"))),
    ...Object.fromEntries(BATCH_SIZES.map((numEnvs) => [`batchOf${numEnvs}`, batched(numEnvs)])),
  };
}

/** The median of each form over rounds. */
function summary(rounds: readonly Speeds[]): Speeds {
  const forms = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(forms.map((form) => [form, median(rounds.map((speeds) => Number(speeds[form])))]));
}

await runBench(async (words) => {
  expectWords("bench:env", words, 0);
  const python = await findGymnasium();
  if (python === null)
    console.error("Gymnasium is left out: it cannot be installed here (python3 and a package index)");
  genieSpeeds();
  const rounds: Speeds[] = [];
  const rivalRounds: Speeds[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(genieSpeeds());
    if (python !== null) rivalRounds.push(await rivalSpeeds(python, RIVAL_STEPS, BATCH_SIZES));
  }
  const genie = summary(rounds);
  const wrappersCost = Number(genie["single"]) / Number(genie["wrapped"]);
  const gymnasium = python === null ? null : summary(rivalRounds);
  console.log(JSON.stringify({ unit: "steps per second of processor time", genie, wrappersCost, gymnasium }, null, 2));
});
