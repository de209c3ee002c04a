import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { CartPole } from "../../src/games/classic/cart-pole.ts";
import { Catch } from "../../src/games/classic/catch.ts";
import { MountainCar } from "../../src/games/classic/mountain-car.ts";
import { Pendulum } from "../../src/games/classic/pendulum.ts";
import type { Task } from "../../src/games/classic/task.ts";

const Case = z.object({
  id: z.string(),
  name: z.string(),
  options: z.record(z.string(), z.unknown()),
  state: z.array(z.number()),
  actions: z.string().transform((text) => new Float32Array(bytes(text))),
  observations: z.string().transform((text) => new Float32Array(bytes(text))),
  rewards: z.string().transform((text) => new Float64Array(bytes(text))),
  terminated: z.boolean(),
});
type Case = z.infer<typeof Case>;

const GOLDEN = z
  .object({ cases: z.array(Case) })
  .parse(JSON.parse(readFileSync(new URL("../fixtures/classic.json", import.meta.url), "utf8"))).cases;

/** Decimal places to which rewards agree: math libraries round the last bit of a float64 sine differently. */
const REWARD_DIGITS = 12;

function bytes(base64: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(base64, "base64")).buffer;
}

function taskOf({ id, options }: Case): Task<unknown> {
  if (id === "CartPole-v1") return new CartPole(options);
  return id === "MountainCar-v0" ? new MountainCar(options) : new Pendulum(options);
}

/** Replays actions in row 1 of 3; the others hold numbers that nothing may touch. */
function replay(task: Task<unknown>, { state, actions }: Pick<Case, "state" | "actions">) {
  const states = new Float64Array(3 * task.stateSize);
  const outcome = { rewards: new Float64Array(3), terminated: new Uint8Array(3) };
  const obsSize = task.observationSpace.low.length;
  states.fill(0.125).set(state, task.stateSize);
  const observations: number[] = [];
  const rewards: number[] = [];
  const ends: boolean[] = [];
  const observe = (): void => {
    const obs = new Float32Array(obsSize * 3);
    task.observe(states, 1, obs);
    observations.push(...obs.subarray(obsSize, 2 * obsSize));
  };
  observe();
  for (const action of actions) {
    task.advance(states, 1, action, outcome);
    observe();
    rewards.push(Number(outcome.rewards[1]));
    ends.push(outcome.terminated[1] === 1);
  }
  return { states, outcome, observations: Float32Array.from(observations), rewards: Float64Array.from(rewards), ends };
}

describe("physics", () => {
  test.each(GOLDEN.map((golden) => [golden.id, golden.name, golden] as const))(
    "%s that %s is Gymnasium's, bit for bit in float32",
    (_id, _name, golden) => {
      const { observations, rewards, ends } = replay(taskOf(golden), golden);
      expect(observations).toEqual(golden.observations);
      for (const [i, reward] of golden.rewards.entries()) expect(rewards[i]).toBeCloseTo(reward, REWARD_DIGITS);
      expect(ends).toEqual(ends.map((_, i) => golden.terminated && i === ends.length - 1));
    },
  );

  test("the trajectories reach what they are named after", () => {
    const last = (name: string): Float32Array | undefined =>
      GOLDEN.find((golden) => golden.name === name)?.observations.slice(-4);
    expect(last("leaves the track")?.[0]).toBeLessThan(-2.4);
    expect(last("falls to the left")?.[2]).toBeLessThan(-0.2095);
    expect(last("reaches the flag")?.[2]).toBeGreaterThanOrEqual(0.5);
    const wall = GOLDEN.find(({ name }) => name === "bumps into the wall")?.observations ?? [];
    expect([...wall].filter((_, i) => i % 2 === 0)).toContain(Math.fround(-1.2));
  });

  test("only the row that is meant changes", () => {
    for (const golden of GOLDEN) {
      const task = taskOf(golden);
      const { states, outcome } = replay(task, golden);
      const others = [...states.subarray(0, task.stateSize), ...states.subarray(2 * task.stateSize)];
      expect(others).toEqual(others.map(() => 0.125));
      expect([outcome.rewards[0], outcome.rewards[2]]).toEqual([0, 0]);
    }
  });
});

describe("Catch", () => {
  const FALL = 9;

  test("the ball falls to the paddle's row in nine steps, and pays only then", () => {
    const { rewards, ends } = replay(new Catch(), { state: [2, 0, 2], actions: new Float32Array(FALL).fill(1) });
    expect([...rewards]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(ends).toEqual([...Array.from({ length: FALL - 1 }, () => false), true]);
  });

  test.each([
    ["left", 0, 0],
    ["right", 2, 4],
  ])("a paddle that goes %s stays on the board", (_, action, column) => {
    const actions = new Float32Array(FALL).fill(action);
    expect(replay(new Catch(), { state: [column, 0, 2], actions }).rewards.at(-1)).toBe(1);
    expect(replay(new Catch(), { state: [2, 0, 2], actions }).rewards.at(-1)).toBe(-1);
  });

  test("an observation marks the ball and the paddle", () => {
    const { observations } = replay(new Catch(), { state: [1, 0, 2], actions: new Float32Array([2]) });
    const marked = (board: Float32Array): number[] => [...board.keys()].filter((cell) => board[cell] === 1);
    expect(marked(observations.subarray(0, 50))).toEqual([1, 47]);
    expect(marked(observations.subarray(50))).toEqual([6, 48]);
  });
});
