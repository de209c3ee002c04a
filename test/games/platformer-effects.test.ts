import { expect, test } from "vitest";
import { ResetNeededError } from "../../src/core/errors.ts";
import { PlatformerEnv } from "../../src/games/index.ts";
import { visibleOutcomes } from "../../src/games/platformer/effects.ts";
import { Action } from "../../src/games/platformer/game.ts";

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

test("an episode that is over has no next state", () => {
  const env = new PlatformerEnv();
  env.reset({ seed: 0 });
  const state = env.getState();
  const ended = { ...state, game: { ...state.game, outcome: "died" as const } };
  expect(() => visibleOutcomes()(ended, 0)).toThrow(ResetNeededError);
});
