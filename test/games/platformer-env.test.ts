import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";

import { ClosedError, ConfigError, InvalidActionError, ResetNeededError } from "../../src/core/errors.ts";
import { makeSync, spec } from "../../src/env/index.ts";
import { PlatformerEnv, TEST_LEVELS, TRAINING_LEVELS } from "../../src/games/index.ts";
import type { PlatformerOptions } from "../../src/games/index.ts";
import { Action } from "../../src/games/platformer/game.ts";
import { checkEnv } from "../../src/testing/index.ts";

/** An environment at the start of a level. */
function started(options: PlatformerOptions = {}, level = 3): PlatformerEnv {
  const env = new PlatformerEnv(options);
  env.reset({ seed: 0, options: { level } });
  return env;
}

function hash(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 16);
}

test.each(["easy", "hard"] as const)("keeps the contract on %s levels", async (difficulty) => {
  expect(await checkEnv(new PlatformerEnv({ difficulty }))).toEqual([]);
});

test("is registered", () => {
  expect(spec("Platformer-v0")).toMatchObject({ id: "Platformer-v0", nondeterministic: false });
  const env = makeSync("Platformer-v0", { difficulty: "hard", levels: [5, 5] });
  expect(env.unwrapped).toBeInstanceOf(PlatformerEnv);
  expect(env.reset({ seed: 0 })[1]).toMatchObject({ level: 5, difficulty: "hard" });
});

describe("levels", () => {
  test("are drawn from the range by the environment's own stream", () => {
    const drawn = (seed: number) => {
      const env = new PlatformerEnv({ levels: [10, 12] });
      env.reset({ seed });
      return Array.from({ length: 40 }, () => env.reset()[1].level);
    };
    expect(new Set(drawn(1))).toEqual(new Set([10, 11, 12]));
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  test("are for training unless told, and no level is for both", () => {
    expect(TRAINING_LEVELS).toEqual([0, 9999]);
    expect(TEST_LEVELS[0]).toBe(1_000_000);
    const env = new PlatformerEnv();
    const drawn = Array.from({ length: 50 }, (_, seed) => env.reset({ seed })[1].level);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(9999);
    expect(new Set(drawn).size).toBeGreaterThan(45);
  });

  test("can be chosen", () => {
    expect(new PlatformerEnv().reset({ options: { level: 1_000_123 } })[1].level).toBe(1_000_123);
  });
});

describe("an episode", () => {
  test("pays 10 for the coin and ends there", () => {
    const env = started({ levels: [3, 3] });
    const state = env.getState();
    const { coin } = env.game.level;
    env.setState({ ...state, game: { ...state.game, x: coin.x - 8, y: coin.y } });
    const [, reward, terminated, truncated, info] = env.step(Action.right);
    expect([reward, terminated, truncated]).toEqual([10, true, false]);
    expect(info).toMatchObject({ level: 3, coin: true, died: false, steps: 1 });
    expect(() => env.step(Action.right)).toThrow(ResetNeededError);
  });

  test("ends in death without reward", () => {
    const env = started();
    const state = env.getState();
    env.setState({ ...state, game: { ...state.game, y: 60 } });
    const [, reward, terminated, , info] = env.step(Action.noop);
    expect([reward, terminated, info.died, info.coin]).toEqual([0, true, true, false]);
  });

  test("is truncated after 1,000 steps, or another horizon", () => {
    for (const [options, limit] of [
      [{}, 1000],
      [{ horizon: 7 }, 7],
    ] as const) {
      const env = started(options);
      const cuts = Array.from({ length: limit }, () => env.step(Action.noop)[3]);
      expect(cuts.indexOf(true)).toBe(limit - 1);
    }
  });
});

describe("pixels", () => {
  test("are the same bytes for the same level and actions", () => {
    const rollout = () => {
      const env = started({ difficulty: "hard" }, 1_000_001);
      return Array.from({ length: 30 }, (_, i) => hash(env.step((i * 5) % 7)[0]));
    };
    expect(rollout()).toEqual(rollout());
  });

  test("have not changed since worlds were trained on them", () => {
    const env = started({ difficulty: "hard" }, 0);
    const hashes = [env.reset({ options: { level: 0 } })[0], env.step(Action.rightJump)[0], env.step(Action.left)[0]];
    expect(hashes.map(hash)).toMatchInlineSnapshot(`
      [
        "dc604ebc4ea8d0ee",
        "16da3c978eca5a88",
        "47f014348ad4ffa2",
      ]
    `);
  });

  test("show a hero that moves, turns, jumps and ducks, each action in its own way", () => {
    const env = started();
    const state = env.getState();
    const seen = Array.from({ length: env.actionSpace.n }, (_, action) => {
      env.setState(state);
      return hash(env.step(action)[0]);
    });
    expect(new Set(seen).size).toBe(7);
  });

  test("scroll with the hero, the nearer the faster", () => {
    const env = started({ difficulty: "easy" });
    const before = env.reset({ options: { level: 3 } })[0];
    for (let i = 0; i < 8; i++) env.step(Action.right);
    const [after] = env.step(Action.noop);
    expect(after.filter((byte, i) => byte !== before[i]).length).toBeGreaterThan(500);
  });
});

describe("the state", () => {
  test("is small plain data, and continues exactly, in another environment too", () => {
    const env = started({ difficulty: "hard" });
    for (let i = 0; i < 6; i++) env.step(Action.rightJump);
    const state: unknown = JSON.parse(JSON.stringify(env.getState()));
    expect(JSON.stringify(state).length).toBeLessThan(2000);
    const other = new PlatformerEnv();
    const [obs] = other.reset({ options: { state } });
    expect(other.getState()).toEqual(env.getState());
    expect(obs).toEqual(env.reset({ options: { state } })[0]);
    for (let i = 0; i < 20; i++) {
      const [[seen, ...rest], [expected, ...others]] = [other.step(i % 7), env.step(i % 7)];
      expect([hash(seen), ...rest]).toEqual([hash(expected), ...others]);
    }
    expect(other.reset()[1].level).toBe(env.reset()[1].level);
  });

  test("branches: what is tried leaves no trace", () => {
    const env = started();
    const state = env.getState();
    const first = env.step(Action.rightJump);
    env.setState(state);
    env.step(Action.left);
    env.setState(state);
    expect(env.step(Action.rightJump)).toEqual(first);
  });

  test("of an ended episode can be seen but not stepped", () => {
    const env = started({ horizon: 3 });
    for (let i = 0; i < 3; i++) env.step(Action.noop);
    const other = new PlatformerEnv({ horizon: 3 });
    other.setState(env.getState());
    expect(() => other.step(Action.noop)).toThrow(ResetNeededError);
  });
});

describe("rendering", () => {
  test("shows the observation, at any scale", () => {
    const env = started({ renderMode: "rgb_array", renderScale: 3 });
    const [obs] = env.step(Action.right);
    const frame = env.render();
    if (frame === null || typeof frame === "string") throw new TypeError("render must return pixels");
    expect([frame.width, frame.height, frame.count]).toEqual([192, 192, 1]);
    const shrunk = obs.map((_, i) => {
      const [y, x, channel] = [Math.floor(i / 192), Math.floor(i / 3) % 64, i % 3];
      return frame.data[(y * 3 + 2) * 192 * 3 + (x * 3 + 1) * 3 + channel] ?? 0;
    });
    expect(shrunk).toEqual(obs);
  });

  test("is text for a terminal, or nothing", () => {
    expect(started({ renderMode: "ansi" }).render()).toMatch(/^([^\n]+\n){31}[^\n]+$/);
    expect(started().render()).toBeNull();
  });
});

describe("misuse", () => {
  test.each([
    { difficulty: "medium" },
    { levels: [5, 4] },
    { levels: [-1, 4] },
    { horizon: 0 },
    { renderScale: 0 },
    { renderMode: "human" },
    { speed: 3 },
  ])("%j is refused", (options: object) => {
    expect(() => Reflect.construct(PlatformerEnv, [options])).toThrow(ConfigError);
  });

  test.each([{ level: -1 }, { level: 0.5 }, { world: 3 }, { state: {} }])("reset with %j is refused", (options) => {
    const env = started();
    const before = env.getState();
    expect(() => env.reset({ options })).toThrow(ConfigError);
    expect(env.getState()).toEqual(before);
  });

  test("invalid actions, and calls out of order, change nothing", () => {
    const fresh = new PlatformerEnv();
    expect(() => fresh.getState()).toThrow(ResetNeededError);
    expect(() => fresh.game).toThrow(ResetNeededError);
    expect(() => fresh.step(0)).toThrow(ResetNeededError);
    const env = started();
    const before = env.getState();
    expect(() => env.step(7)).toThrow(InvalidActionError);
    expect(env.getState()).toEqual(before);
    env.close();
    expect(() => env.setState(before)).toThrow(ClosedError);
  });
});
