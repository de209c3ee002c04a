/*
 * CartPole under random actions on one core, beside Gymnasium's in the same run, in turns: the bare environment, what
 * `make` builds with episode statistics around it, and the native batch. Prints JSON: steps per second of processor
 * time (other programs on the machine do not count), medians over rounds.
 *
 *   npm run bench:env
 */
import { median } from "../../src/cli/speed-report.ts";
import { Rng } from "../../src/core/rng.ts";
import { makeSync, RecordEpisodeStatistics } from "../../src/env/index.ts";
import type { Env } from "../../src/env/index.ts";
import { CartPoleEnv } from "../../src/games/index.ts";
import { findGymnasium, rivalSpeeds, type RivalSpeeds } from "./rival.ts";

const ROUNDS = 5;
const NUM_ENVS = 1024;
const STEPS = 2_000_000;
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

function genieSpeeds() {
  return {
    single: single(new CartPoleEnv()),
    wrapped: single(new RecordEpisodeStatistics(makeSync<unknown, number>("CartPole-v1"))),
  };
}

type Speeds = ReturnType<typeof genieSpeeds>;

/** The median of each form over rounds. */
function summary(rounds: readonly Speeds[]): Speeds {
  return { single: median(rounds.map((r) => r.single)), wrapped: median(rounds.map((r) => r.wrapped)) };
}

const python = await findGymnasium();
if (python === null) console.error("Gymnasium is left out: it cannot be installed here (python3 and a package index)");
genieSpeeds();
const rounds: Speeds[] = [];
const rivalRounds: RivalSpeeds[] = [];
for (let round = 0; round < ROUNDS; round++) {
  rounds.push(genieSpeeds());
  if (python !== null) rivalRounds.push(await rivalSpeeds(python, RIVAL_STEPS, NUM_ENVS));
}
const genie = summary(rounds);
const gymnasium = python === null ? null : { version: rivalRounds[0]?.version, ...summary(rivalRounds) };
console.log(
  JSON.stringify(
    {
      unit: "steps per second of processor time",
      numEnvs: NUM_ENVS,
      genie,
      gymnasium,
      wrappersCost: genie.single / genie.wrapped,
    },
    null,
    2,
  ),
);
