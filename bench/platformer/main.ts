/*
 * How fast the platformer runs on one core, pixels included. Prints JSON: steps and frames per second of processor time,
 * the median of several rounds, so that other work on the machine counts little. With --players also how many of so many
 * test levels each player solves, with a 95 % interval.
 *
 *   npm run bench:platformer [-- --players 1000]
 */
import { cpus } from "node:os";
import { integerOption } from "../../src/cli/options.ts";
import { median } from "../../src/cli/speed-report.ts";
import { Rng } from "../../src/core/rng.ts";
import { PLAYERS, PlatformerEnv, playEpisodes, TEST_LEVELS } from "../../src/games/index.ts";
import type { PlayerName } from "../../src/games/index.ts";
import { startGame, stepGame } from "../../src/games/platformer/game.ts";
import { generateLevel } from "../../src/games/platformer/generate-level.ts";
import { DIFFICULTIES } from "../../src/games/platformer/level.ts";
import type { Difficulty } from "../../src/games/platformer/level.ts";
import { wilsonInterval } from "../../src/metrics/index.ts";
import { parseFlags, runBench } from "../run.ts";

const [ROUNDS, STEPS, FRAMES] = [5, 30_000, 5_000];

/** Processor time of this process so far, in seconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** What `work` does per second, `count` things at a time; a first round warms up. */
function rate(count: number, work: () => void): number {
  work();
  const rates = Array.from({ length: ROUNDS }, () => {
    const began = processorTime();
    work();
    return count / (processorTime() - began);
  });
  return median(rates);
}

function randomActions(): number[] {
  const rng = new Rng(0);
  return Array.from({ length: STEPS }, () => rng.integer(7));
}

/** Steps of the rules alone, as planners take them. */
function ruleSteps(difficulty: Difficulty): number {
  const level = generateLevel(0, difficulty);
  const actions = randomActions();
  return rate(STEPS, () => {
    let state = startGame(level);
    for (const action of actions) {
      state = stepGame(level, state, action);
      if (state.outcome !== "playing") state = startGame(level);
    }
  });
}

/** Steps of the environment, each with its observation; resets and new levels are part of it. */
function renderedSteps(difficulty: Difficulty): number {
  const env = new PlatformerEnv({ difficulty });
  env.reset({ seed: 0 });
  const actions = randomActions();
  return rate(STEPS, () => {
    for (const action of actions) {
      const [, , terminated, truncated] = env.step(action);
      if (terminated || truncated) env.reset();
    }
  });
}

/** Frames of whole episodes, players' thinking included. */
function playedFrames(difficulty: Difficulty, player: PlayerName): number {
  const episodes = playEpisodes({ difficulty, player, seed: 0, horizon: 200 });
  const rates = Array.from({ length: ROUNDS }, () => {
    const began = processorTime();
    let frames = 0;
    while (frames < FRAMES) frames += episodes.next().value.frames.count;
    return frames / (processorTime() - began);
  });
  return median(rates);
}

/** How many of so many levels that nothing is trained on a player solves. */
function solvedLevels(difficulty: Difficulty, player: PlayerName, levels: number): object {
  const episodes = playEpisodes({ difficulty, player, seed: 0, levels: [...TEST_LEVELS] });
  let solved = 0;
  for (let i = 0; i < levels; i++) if (Number(episodes.next().value.rewards.at(-1)) > 0) solved++;
  const { low, high } = wilsonInterval(solved, levels);
  return { solved, levels, low, high };
}

await runBench((words) => {
  const { players = "0" } = parseFlags("bench:platformer", words, ["players"]);
  const levels = integerOption("players", players);
  const judged = levels > 0 ? PLAYERS : [];
  const results = DIFFICULTIES.map((difficulty) => ({
    difficulty,
    ruleStepsPerSecond: Math.round(ruleSteps(difficulty)),
    renderedStepsPerSecond: Math.round(renderedSteps(difficulty)),
    framesPerSecond: Object.fromEntries(
      PLAYERS.map((player) => [player, Math.round(playedFrames(difficulty, player))]),
    ),
    solved: Object.fromEntries(judged.map((player) => [player, solvedLevels(difficulty, player, levels)])),
  }));
  console.log(JSON.stringify({ node: process.version, processor: cpus()[0]?.model, results }, null, 2));
});
