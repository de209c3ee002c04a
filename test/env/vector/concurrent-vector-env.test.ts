import { expect, test } from "vitest";

import { ClosedError, InvalidActionError, ResetNeededError } from "../../../src/core/errors.ts";
import { asAsync } from "../../../src/env/adapters.ts";
import { ConcurrentVectorEnv, GenieEnv, Wrapper } from "../../../src/env/index.ts";
import type { EnvInfo, StepResult } from "../../../src/env/index.ts";
import { FakeWorldModel } from "../../../src/testing/index.ts";
import { CountingEnv } from "./counting-env.ts";

/** An environment whose steps last until `finish` is called, and fail under action 9. */
class ManualEnv extends Wrapper<Float32Array, number, EnvInfo, "async"> {
  readonly finish: (() => void)[] = [];

  constructor() {
    super(asAsync(new CountingEnv()));
  }

  override async step(action: number): Promise<StepResult<Float32Array, EnvInfo>> {
    await new Promise<void>((resolve) => this.finish.push(resolve));
    if (action === 9) throw new Error("lost");
    return super.step(action);
  }
}

test("a call goes to all rows at once, and calls run one after another", async () => {
  const rows = [new ManualEnv(), new ManualEnv()];
  await using env = await ConcurrentVectorEnv.create(rows.map((row) => () => row));
  await env.reset();
  const [first, second] = [env.step([1, 1]), env.step([1, 1])];
  const started = () => rows.map(({ finish }) => finish.length);
  await expect.poll(started).toEqual([1, 1]);
  rows[1]?.finish[0]?.();
  rows[0]?.finish[0]?.();
  expect((await first)[0]).toEqual(Float32Array.of(1, 1));
  await expect.poll(started).toEqual([2, 2]);
  for (const { finish } of rows) finish[1]?.();
  expect((await second)[0]).toEqual(Float32Array.of(2, 2));
});

test("an error waits for the other rows, and leaves nothing to step on", async () => {
  const rows = [new ManualEnv(), new ManualEnv()];
  await using env = await ConcurrentVectorEnv.create(rows.map((row) => () => row));
  await env.reset();
  const settled: string[] = [];
  const failing = env.step([9, 1]).catch((error: unknown) => settled.push(String(error)));
  await expect.poll(() => rows.map(({ finish }) => finish.length)).toEqual([1, 1]);
  rows[0]?.finish[0]?.();
  await Promise.resolve();
  expect(settled).toEqual([]);
  rows[1]?.finish[0]?.();
  await failing;
  expect(settled).toEqual(["Error: lost"]);
  await expect(env.step([1, 1])).rejects.toThrow(ResetNeededError);
});

test("misuse is an answer like others: a rejection", async () => {
  const env = await ConcurrentVectorEnv.create([() => new CountingEnv()]);
  await expect(env.step([1])).rejects.toThrow(ResetNeededError);
  await env.reset();
  await expect(env.step([10])).rejects.toThrow(InvalidActionError);
  env.close();
  await expect(env.reset()).rejects.toThrow(ClosedError);
});

test("an environment that cannot be made closes the others", async () => {
  const made = new CountingEnv();
  const factories = [async () => made, async () => Promise.reject(new Error("no device"))];
  await expect(ConcurrentVectorEnv.create(factories)).rejects.toThrow("no device");
  expect(made.numClosed).toBe(1);
});

test("single worlds side by side play as their batch does", async () => {
  const world = new FakeWorldModel({ noise: 0.5 });
  const options = { prompts: [world.prompt(9)], horizon: 3 };
  await using rows = await ConcurrentVectorEnv.create(
    [0, 1].map(() => () => GenieEnv.fromWorld(world, { ...options, numEnvs: undefined })),
  );
  await using batch = await GenieEnv.fromWorld(world, { ...options, numEnvs: 2 });
  expect((await rows.reset({ seed: 4 }))[0]).toEqual((await batch.reset({ seed: 4 }))[0]);
  for (let i = 0; i < 8; i++) {
    const [obs, rewards, terminated, truncated] = await batch.step([i % 5, 1]);
    expect((await rows.step([i % 5, 1])).slice(0, 4)).toEqual([obs, rewards, terminated, truncated]);
  }
});
