import { describe, expect, test } from "vitest";

import { Rng } from "../../src/core/rng.ts";
import { Action, ACTIONS, startGame, stepGame } from "../../src/games/platformer/game.ts";
import type { GameState } from "../../src/games/platformer/game.ts";
import { generateLevel } from "../../src/games/platformer/generate-level.ts";
import { standingOn, TILE } from "../../src/games/platformer/level.ts";
import type { Enemy, Level } from "../../src/games/platformer/level.ts";
import { levelOf } from "./platformer-level.ts";

const flat = levelOf(["################"]);

/** The states of a game under these actions, the start not counted. */
function run(level: Level, actions: readonly number[], from: GameState = startGame(level)): GameState[] {
  const states: GameState[] = [];
  for (const action of actions) states.push(stepGame(level, states.at(-1) ?? from, action));
  return states;
}

function hold(action: number, steps: number): number[] {
  return Array.from({ length: steps }, () => action);
}

test("the actions' names and numbers agree", () => {
  expect(ACTIONS.map(({ name }) => name)).toEqual(["noop", "left", "right", "jump", "left+jump", "right+jump", "down"]);
  expect(Object.values(Action)).toEqual([...ACTIONS.keys()]);
});

describe("running", () => {
  test("has effect at once, and stops at once", () => {
    const states = run(flat, [Action.right, Action.right, Action.noop, Action.left]);
    expect(states.map(({ x }) => x)).toEqual([13, 17, 17, 13]);
    expect(states.map(({ facing }) => facing)).toEqual([1, 1, 1, -1]);
    expect(states.map(({ isRunning }) => isRunning)).toEqual([true, true, false, true]);
  });

  test("ends in the tile before a wall, at the level's sides too", () => {
    const walled = levelOf(["....x...", "########"]);
    expect(run(walled, hold(Action.right, 20)).at(-1)?.x).toBe(standingOn(3));
    expect(run(walled, hold(Action.left, 20)).at(-1)?.x).toBe(standingOn(0));
    const beyond = { ...startGame(walled), x: standingOn(6) };
    expect(run(walled, hold(Action.right, 9), beyond).at(-1)?.x).toBe(standingOn(7));
  });

  test("is by half tiles, whatever is in the way", () => {
    const level = generateLevel(4, "hard");
    const rng = new Rng(0);
    let state = startGame(level);
    for (let step = 0; step < 300; step++) {
      // Whoever dies goes on: more of the level is seen.
      state = { ...stepGame(level, state, rng.integer(ACTIONS.length)), outcome: "playing" };
      expect((state.x - standingOn(0)) % (TILE / 2)).toBe(0);
    }
  });

  test("off an edge is a fall", () => {
    const cliff = levelOf(["##......", "########"], 0);
    const ys = run(cliff, hold(Action.right, 10)).map(({ y }) => y);
    expect(ys[0]).toBe(48 - 10);
    expect(ys.at(-1)).toBe(56 - 10);
  });
});

describe("jumping", () => {
  test("is an arc of 21 pixels, as long as jump is held", () => {
    const rise = run(flat, hold(Action.jump, 13)).map(({ y }) => 46 - y);
    expect(rise).toEqual([6, 11, 15, 18, 20, 21, 21, 20, 18, 15, 11, 6, 0]);
  });

  test("is short when jump is let go, and still climbs a tile", () => {
    const rise = run(flat, [Action.jump, ...hold(Action.noop, 8)]).map(({ y }) => 46 - y);
    expect(Math.max(...rise)).toBe(9);
    expect(rise.at(-1)).toBe(0);
  });

  test("works on the ground only", () => {
    const falling = { ...startGame(flat), y: 10 };
    expect(run(flat, [Action.jump], falling)[0]?.y).toBe(11);
  });

  test("climbs two tiles and not three", () => {
    const climb = [...hold(Action.rightJump, 14), ...hold(Action.noop, 14)];
    const tops = [
      ["..####", "..####", "######"],
      ["..####", "..####", "..####", "######"],
    ].map((rows) => {
      const states = run(levelOf(rows), climb);
      return states.some(({ x, y, vy }) => x >= 16 && vy === 0 && y + 10 === (8 - rows.length) * 8);
    });
    expect(tops).toEqual([true, false]);
  });

  test("crosses four tiles", () => {
    const gap = levelOf(["####~~~~####"], 2);
    const atEdge = { ...startGame(gap), x: 31 };
    expect(run(gap, hold(Action.rightJump, 13), atEdge).at(-1)).toMatchObject({ outcome: "playing", y: 46 });
    expect(run(gap, hold(Action.right, 13), atEdge).at(-1)?.outcome).toBe("died");
  });

  test("ends at a ceiling and at the top of the view", () => {
    const roofed = levelOf(["xxxx", "....", "....", "####"]);
    expect(Math.min(...run(roofed, hold(Action.jump, 8)).map(({ y }) => y))).toBe(40);
    const high = { ...startGame(flat), y: 3, vy: -6 };
    expect(run(flat, [Action.jump], high)[0]).toMatchObject({ y: 0, vy: 0 });
  });
});

describe("down", () => {
  test("ducks on the ground, and stops there", () => {
    expect(run(flat, [Action.right, Action.down]).at(-1)).toMatchObject({ isDucking: true, x: 13, y: 46 });
    expect(run(flat, [Action.down, Action.noop]).at(-1)?.isDucking).toBe(false);
  });

  test("dives in the air", () => {
    const high = { ...startGame(flat), y: 10 };
    expect(run(flat, [Action.down], high)[0]?.y).toBe(14);
    expect(run(flat, [Action.noop], high)[0]?.y).toBe(11);
  });

  test("drops through a plank, which carries from above and lets through from below", () => {
    const planked = levelOf(["====", "....", "....", "####"]);
    const above = { ...startGame(planked), y: 22 };
    expect(run(planked, hold(Action.noop, 3), above).at(-1)?.y).toBe(22);
    expect(run(planked, hold(Action.down, 8), above).at(-1)?.y).toBe(46);
    const below = { ...startGame(planked), y: 36, vy: -7 };
    expect(run(planked, [...hold(Action.jump, 6), ...hold(Action.noop, 9)], below).at(-1)?.y).toBe(22);
  });
});

describe("ends", () => {
  test.each([
    ["spikes", ["..^.", "####"], "died"],
    ["liquid", ["##~~"], "died"],
  ])("running into %s", (_, rows, outcome) => {
    expect(run(levelOf(rows), hold(Action.right, 10)).some((state) => state.outcome === outcome)).toBe(true);
  });

  test("falling out of the view is death", () => {
    expect(run(levelOf(["##.."]), hold(Action.right, 12)).some(({ outcome }) => outcome === "died")).toBe(true);
  });

  test("the coin is taken where it is, before anything can kill", () => {
    const level = { ...levelOf(["..^.", "####"]), coin: { x: 16, y: 48, width: 8, height: 8 } };
    expect(run(level, hold(Action.right, 2)).at(-1)?.outcome).toBe("coin");
  });
});

describe("enemies", () => {
  const slime: Enemy = { kind: "slime", x: 40, y: 50, range: 16, phase: 0 };
  const level = levelOf(["################"], 1, [slime]);
  const above = { ...startGame(level), x: 40, y: 30, vy: 3 };

  test("kill who runs into them", () => {
    expect(run(level, hold(Action.right, 14)).some(({ outcome }) => outcome === "died")).toBe(true);
  });

  test("fall to a jump on their head, which bounces", () => {
    const states = run(level, hold(Action.noop, 5), above);
    const stomp = states.find(({ defeated }) => defeated === 1);
    expect(stomp).toMatchObject({ outcome: "playing", vy: -5 });
    expect(states.at(-1)?.outcome).toBe("playing");
    const gone = { ...startGame(level), x: 40, defeated: 1 };
    expect(run(level, [Action.noop], gone)[0]?.outcome).toBe("playing");
  });

  test("saws fall to nothing", () => {
    const sawed = levelOf(["################"], 1, [{ ...slime, kind: "saw", y: 40, range: 8 }]);
    expect(run(sawed, hold(Action.noop, 5), above).some(({ outcome }) => outcome === "died")).toBe(true);
  });

  test("a bat can be ducked under", () => {
    const batted = levelOf(["################"], 5, [{ ...slime, kind: "bat", y: 44, x: 8, range: 64 }]);
    expect(run(batted, hold(Action.noop, 40)).some(({ outcome }) => outcome === "died")).toBe(true);
    expect(run(batted, hold(Action.down, 40)).every(({ outcome }) => outcome === "playing")).toBe(true);
  });

  test("come back to where they were after twice their range", () => {
    const paced = levelOf(["################"], 12, [slime]);
    const at = { ...startGame(paced), x: 39, y: 45, vy: 0 };
    const deaths = [0, 32, 16].map((steps) => run(paced, [Action.noop], { ...at, steps })[0]?.outcome);
    expect(deaths).toEqual(["died", "died", "playing"]);
  });
});
