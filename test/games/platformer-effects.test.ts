import { expect, test } from "vitest";
import { ResetNeededError } from "../../src/core/errors.ts";
import { PlatformerEnv, playEpisodes } from "../../src/games/index.ts";
import { replayStates, visibleOutcomes } from "../../src/games/platformer/effects.ts";
import { Action, stepGame } from "../../src/games/platformer/game.ts";
import { generateLevel } from "../../src/games/platformer/generate-level.ts";

test("two actions have the same outcome exactly where the game shows the same next frame", () => {
  const env = new PlatformerEnv({ difficulty: "hard", levels: [1_000_000, 1_000_003] });
  const outcome = visibleOutcomes();
  let same = 0;
  let different = 0;
  for (let level = 1_000_000; level < 1_000_003; level++) {
    env.reset({ options: { level } });
    for (let step = 0; step < 6; step++) {
      const state = env.getState();
      const seen = Array.from({ length: 7 }, (_, action) => {
        env.setState(state);
        return env.step(action)[0].join();
      });
      const told = seen.map((_, action) => outcome(state, action));
      expect(told.map((one) => told.indexOf(one))).toEqual(seen.map((one) => seen.indexOf(one)));
      const kinds = new Set(told).size;
      different += kinds;
      same += 7 - kinds;
      env.setState(state);
      env.step(Action.rightJump);
    }
  }
  expect(same).toBeGreaterThan(0);
  expect(different).toBeGreaterThan(18);
});

test.each(["easy", "hard"] as const)(
  "what looks the same is the same state, in 999 of 1,000 pairs of actions (%s)",
  (difficulty) => {
    const episodes = playEpisodes({ player: "mixed", difficulty, levels: [1_000_000, 1_000_999], seed: 3 });
    const all = [0, 1, 2, 3, 4, 5, 6] as const;
    let [pairs, told] = [0, 0];
    for (let i = 0; i < 6; i++) {
      const { level, actions } = episodes.next().value;
      const [outcome, plan] = [visibleOutcomes(), generateLevel(level, difficulty)];
      for (const state of replayStates({ level, difficulty, actions })) {
        const looks = all.map((action) => outcome(state, action));
        const states = all.map((action) => JSON.stringify(stepGame(plan, state.game, action)));
        for (const a of all) {
          for (const b of all.slice(0, a)) {
            pairs++;
            if ((looks[a] === looks[b]) === (states[a] === states[b])) told++;
          }
        }
      }
    }
    expect(pairs).toBeGreaterThan(5000);
    expect(told / pairs).toBeGreaterThan(0.999);
  },
);

test("an episode that is over has no next state", () => {
  const env = new PlatformerEnv();
  env.reset({ seed: 0 });
  const state = env.getState();
  const ended = { ...state, game: { ...state.game, outcome: "died" as const } };
  expect(() => visibleOutcomes()(ended, 0)).toThrow(ResetNeededError);
});
