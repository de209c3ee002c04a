import { expect, test } from "vitest";
import { evaluate } from "../../src/agents/index.ts";
import { catchEnvs } from "./catch-pixels.ts";

// A game of Catch takes nine steps; after "NextStep" comes one that only starts the next.
test.each([
  ["SameStep", 9],
  ["NextStep", 10],
] as const)("an agent hears where episodes start, with rows reset by %s", async (autoresetMode, period) => {
  using envs = catchEnvs(2, autoresetMode);
  const heard: number[][] = [];
  const agent = {
    act: (_obs: unknown, { starts = new Uint8Array() } = {}) => {
      heard.push([...starts]);
      return Int32Array.of(1, 1);
    },
  };
  const results = await evaluate(agent, envs, { episodes: 6, seed: 0 });
  expect(results.map(({ length }) => length)).toEqual(new Array<number>(6).fill(9));
  for (const [step, starts] of heard.entries()) {
    const isStart = Number(step % period === 0);
    expect(starts).toEqual([isStart, isStart]);
  }
});
