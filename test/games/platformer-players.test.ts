import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";

import { ConfigError } from "../../src/core/errors.ts";
import { sliceFrames } from "../../src/core/frames.ts";
import { Rng } from "../../src/core/rng.ts";
import {
  ExpertPlayer,
  PlatformerEnv,
  playDemonstrations,
  playEpisodes,
  PLAYERS,
  RandomPlayer,
} from "../../src/games/index.ts";
import type { DemonstrationsOptions, Episode, EpisodesOptions, ExpertEpisode } from "../../src/games/index.ts";
import { Action, isGrounded, stepGame } from "../../src/games/platformer/game.ts";

function play(options: Partial<EpisodesOptions>, count: number): Episode[] {
  const episodes = playEpisodes({ player: "mixed", seed: 0, levels: [1_000_000, 1_000_999], ...options });
  return Array.from({ length: count }, () => episodes.next().value);
}

/** An episode with its pixels as a checksum: millions of bytes are slow to compare one by one. */
function digest({ frames, ...rest }: Episode) {
  return { ...rest, pixels: createHash("sha256").update(frames.data).digest("hex"), count: frames.count };
}

function coins(episodes: readonly Episode[]): number {
  return episodes.filter(({ rewards }) => rewards.at(-1) === 10).length / episodes.length;
}

describe("the expert", () => {
  test.each([
    ["easy", 0.95],
    ["hard", 0.85],
  ] as const)("solves unseen %s levels", (difficulty, share) => {
    expect(coins(play({ difficulty, player: "expert" }, 40))).toBeGreaterThanOrEqual(share);
  });

  test("plans anew when somebody else has moved the hero", () => {
    const env = new PlatformerEnv({ levels: [1_000_000, 1_000_000], difficulty: "hard" });
    env.reset({ seed: 0 });
    const player = new ExpertPlayer();
    for (let i = 0; i < 10; i++) env.step(player.act(env.game));
    for (let i = 0; i < 5; i++) env.step(Action.left);
    let reward = 0;
    for (let ended = false; !ended;) {
      const [, paid, terminated, truncated] = env.step(player.act(env.game));
      reward = paid;
      ended = terminated || truncated;
    }
    expect(reward).toBe(10);
  });
});

test("a random player holds its keys, and presses all of them alike", () => {
  const player = new RandomPlayer(new Rng(0), { stickiness: 0.75 });
  const actions = Array.from({ length: 7000 }, () => player.act());
  const changes = actions.filter((action, i) => i > 0 && action !== actions[i - 1]).length / actions.length;
  expect(changes).toBeCloseTo((0.25 * 6) / 7, 1);
  for (let action = 0; action < 7; action++) {
    expect(actions.filter((other) => other === action).length / actions.length).toBeCloseTo(1 / 7, 1);
  }
});

test("a mixed player uses every action, wins and fails", () => {
  const episodes = play({ difficulty: "hard" }, 30);
  const used = new Set(episodes.flatMap(({ actions }) => [...actions]));
  expect(used.size).toBe(7);
  expect(coins(episodes)).toBeGreaterThan(0.05);
  expect(coins(episodes)).toBeLessThan(0.95);
});

describe("episodes", () => {
  test.each(PLAYERS)("of a %s player are the same for the same seed", (player) => {
    const digests = (seed: number) => play({ player, seed, horizon: 60 }, 3).map(digest);
    expect(digests(4)).toEqual(digests(4));
    expect(digests(4)).not.toEqual(digests(5));
  });

  test("hold a frame more than actions, and are what the environment shows", () => {
    const [episode] = play({ horizon: 40 }, 1);
    if (episode === undefined) throw new TypeError("an episode was asked for");
    const { level, frames, actions, rewards, terminated, truncated } = episode;
    expect([frames.count, rewards.length]).toEqual([actions.length + 1, actions.length]);
    const env = new PlatformerEnv({ horizon: 40 });
    expect(env.reset({ options: { level } })[0]).toEqual(sliceFrames(frames, 0).data);
    for (const [i, action] of actions.entries()) {
      const [obs, reward, ...ends] = env.step(action);
      expect(Buffer.compare(obs, sliceFrames(frames, i + 1).data)).toBe(0);
      expect(reward).toBe(rewards[i]);
      if (i === actions.length - 1) expect(ends.slice(0, 2)).toEqual([terminated, truncated]);
    }
  });

  test("come from every level of the range before any comes again", () => {
    const numbers = play({ levels: [20, 24], player: "random", horizon: 5 }, 10).map(({ level }) => level);
    expect(new Set(numbers.slice(0, 5))).toEqual(new Set([20, 21, 22, 23, 24]));
    expect(numbers.slice(5)).toEqual(numbers.slice(0, 5));
  });

  test("refuse a range that runs backwards", () => {
    expect(() => play({ levels: [5, 4] }, 1)).toThrow(ConfigError);
  });
});

describe("demonstrations", () => {
  function demonstrate(options: Partial<DemonstrationsOptions>, count: number): ExpertEpisode[] {
    const episodes = playDemonstrations({ seed: 0, levels: [0, 99], difficulty: "hard", ...options });
    return Array.from({ length: count }, () => episodes.next().value);
  }

  test("are won where nothing disturbs the expert", () => {
    const episodes = demonstrate({ disturbance: 0 }, 10);
    expect(episodes.every(({ weights }) => weights.every((own) => own === 1))).toBe(true);
    expect(coins(episodes)).toBe(1);
  });

  test("hold no key that changes nothing but right", () => {
    const env = new PlatformerEnv({ levels: [0, 99] });
    for (const { level, actions, weights } of demonstrate({ difficulty: "easy" }, 3)) {
      env.reset({ options: { level } });
      for (const [i, action] of actions.entries()) {
        const { state } = env.game;
        if (action === Action.rightJump && weights[i] === 1) {
          const plain = stepGame(env.game.level, state, Action.right);
          expect(plain).not.toEqual(stepGame(env.game.level, state, action));
        }
        env.step(action);
      }
    }
  });

  test("leave room for a late jump: before a pit the expert jumps when it still could run on", () => {
    const env = new PlatformerEnv({ levels: [0, 99] });
    const takeOffs = demonstrate({ difficulty: "easy", disturbance: 0 }, 10).flatMap(({ level, actions }) => {
      env.reset({ options: { level } });
      return Array.from(actions, (action) => {
        const late = [Action.right, Action.right].reduce(
          (state, act) => stepGame(env.game.level, state, act),
          env.game.state,
        );
        const isTakeOff = action === Action.rightJump && isGrounded(env.game.level, env.game.state);
        env.step(action);
        return isTakeOff ? [late.outcome !== "died"] : [];
      }).flat();
    });
    expect(takeOffs.length).toBeGreaterThan(10);
    expect(takeOffs.filter(Boolean).length / takeOffs.length).toBeGreaterThan(0.9);
  });

  test("tell whose steps are whose, and the expert mostly finds back", () => {
    const episodes = demonstrate({ difficulty: "easy", disturbance: 0.05 }, 20);
    const own = episodes.flatMap(({ weights }) => [...weights]);
    expect(episodes.every(({ weights, actions }) => weights.length === actions.length)).toBe(true);
    const share = own.filter((weight) => weight === 0).length / own.length;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.3);
    expect(coins(episodes)).toBeGreaterThan(0.5);
    expect(demonstrate({ difficulty: "easy", disturbance: 0.05 }, 2).map(digest)).toEqual(
      episodes.slice(0, 2).map(digest),
    );
  });
});
