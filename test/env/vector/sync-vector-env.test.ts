import { expect, expectTypeOf, test } from "vitest";

import { SyncVectorEnv } from "../../../src/env/index.ts";
import type { AutoresetMode } from "../../../src/env/index.ts";
import { CartPoleEnv } from "../../../src/games/classic/cart-pole.ts";
import { CountingEnv } from "./counting-env.ts";

const open = (autoresetMode?: AutoresetMode, lengths = [2, 3, 3]) =>
  new SyncVectorEnv(
    lengths.map((length) => () => new CountingEnv(length)),
    { autoresetMode },
  );
const ACTIONS = [1, 2, 3];

test("types follow those of the environments", () => {
  using env = new SyncVectorEnv([() => new CartPoleEnv()]);
  const [obs] = env.reset();
  expectTypeOf(obs).toEqualTypeOf<Float32Array>();
  expectTypeOf(env.step).parameter(0).toEqualTypeOf<Int32Array | readonly number[]>();
  expect(env.observationSpace.contains(obs)).toBe(true);
});

test("VE-01 NextStep resets with the step after the end", () => {
  using env = open("NextStep");
  expect(env.reset()[0]).toEqual(Float32Array.of(0, 0, 0));
  const trace = ACTIONS.concat(1).map(() => {
    const [obs, rewards, terminated] = env.step(ACTIONS);
    return [[...obs], [...rewards], [...terminated]];
  });
  expect(trace).toEqual([
    [
      [1, 1, 1],
      [1, 2, 3],
      [0, 0, 0],
    ],
    [
      [2, 2, 2],
      [1, 2, 3],
      [1, 0, 0],
    ],
    [
      [0, 3, 3],
      [0, 2, 3],
      [0, 1, 1],
    ],
    [
      [1, 0, 0],
      [1, 0, 0],
      [0, 0, 0],
    ],
  ]);
});
