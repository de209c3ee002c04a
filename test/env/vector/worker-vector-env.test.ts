import { describe, expect, test } from "vitest";

import { ClosedError, ConfigError, ResetNeededError, WorkerError } from "../../../src/core/errors.ts";
import { SyncVectorEnv, WorkerVectorEnv } from "../../../src/env/index.ts";
import type { AutoresetMode, Mode, VectorEnv, WorkerVectorOptions } from "../../../src/env/index.ts";
import { cartPole, everySpace } from "./worker-rows.ts";

const MODULE = new URL("./worker-rows.ts", import.meta.url).href;
const open = (
  name: string,
  numEnvs: number,
  { options, ...given }: WorkerVectorOptions & { options?: Record<string, unknown> },
) =>
  WorkerVectorEnv.create<Float32Array, number>(
    Array.from({ length: numEnvs }, () => ({ module: MODULE, export: name, options })),
    { numWorkers: 2, ...given },
  );

async function rollout(env: VectorEnv<unknown, unknown, unknown, Mode>, steps: number): Promise<unknown[]> {
  env.actionSpace.seed(1);
  const answers: unknown[] = [await env.reset({ seed: 42 })];
  for (let i = 0; i < steps; i++) answers.push(await env.step(env.actionSpace.sample()));
  return answers;
}

describe("worker threads answer as this thread does", () => {
  test.each<AutoresetMode>(["NextStep", "SameStep"])("VE-04 100 steps of 4 CartPoles, %s", async (autoresetMode) => {
    await using workers = await open("cartPole", 4, { autoresetMode });
    using sync = new SyncVectorEnv([cartPole, cartPole, cartPole, cartPole], { autoresetMode });
    expect(await rollout(workers, 100)).toEqual(await rollout(sync, 100));
  });

  test.each([
    [true, true, true],
    [true, true, false],
    [false, false, true],
  ])("VE-12 every space, of one size %s, in shared memory %s, copied %s", async (fixed, sharedMemory, copy) => {
    const options = { fixed };
    await using workers = await open("everySpace", 2, { sharedMemory, copy, options, autoresetMode: "SameStep" });
    using sync = new SyncVectorEnv([() => everySpace(options), () => everySpace(options)], {
      autoresetMode: "SameStep",
    });
    for (const env of [workers, sync]) env.actionSpace.seed(1);
    expect(await workers.reset({ seed: 1 })).toEqual(sync.reset({ seed: 1 }));
    for (let i = 0; i < 7; i++) {
      const [answer, expected] = [
        await workers.step(workers.actionSpace.sample()),
        sync.step(sync.actionSpace.sample()),
      ];
      expect(answer).toEqual(expected);
    }
  });
});

test("VE-12 spaces whose values vary in size need sharedMemory: false", async () => {
  await expect(open("everySpace", 1, {})).rejects.toThrow(/shared memory needs values of one size/);
});

describe("what goes wrong", () => {
  test("VE-17 an environment's error comes with its row, as its cause, and leaves the threads alive", async () => {
    await using env = await open("failing", 3, {});
    await env.reset();
    const error = await env.step([1, 1, 9]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkerError);
    expect(error).toMatchObject({ row: 2, message: "environment 2: RangeError: lost" });
    expect(error).toHaveProperty("cause.name", "RangeError");
    expect(error).toHaveProperty("cause.stack", expect.stringContaining("worker-rows.ts"));
    await expect(env.step([1, 1, 1])).rejects.toThrow(ResetNeededError);
    await env.reset();
    expect((await env.step([1, 1, 1]))[0]).toEqual(Float32Array.of(1, 1, 1));
  });

  test("VE-17 a dead thread fails its calls, those to come too, and close frees the others", async () => {
    await using env = await open("failing", 2, {});
    await env.reset();
    await expect(env.step([1, 8])).rejects.toThrow(/ended with status 3 - close this environment/);
    await expect(env.reset()).rejects.toThrow(WorkerError);
  });

  test("VE-16 a call that takes longer than the timeout fails, and ends the thread that is late", async () => {
    await using env = await open("failing", 2, { timeout: 2000 });
    await env.reset();
    await expect(env.step([1, 7])).rejects.toThrow(/an answer must come within 2000 ms/);
    await expect(env.reset()).rejects.toThrow(/close this environment and make a new one/);
  });

  test("VE-16 calls run in the order in which they were made; those after close are refused", async () => {
    const env = await open("counting", 2, {});
    const [first, second, third] = [env.reset(), env.step([1, 1]), env.step([1, 1])];
    expect((await third)[0]).toEqual(Float32Array.of(2, 2));
    expect((await second)[0]).toEqual(Float32Array.of(1, 1));
    expect((await first)[0]).toEqual(Float32Array.of(0, 0));
    const underWay = env.step([1, 1]);
    env.close();
    await expect(underWay).rejects.toThrow(ClosedError);
    await expect(env.step([1, 1])).rejects.toThrow(ClosedError);
    await expect(env.reset()).rejects.toThrow(ClosedError);
    env.close();
    await env[Symbol.asyncDispose]();
  });

  test("sources that name no environment are refused", async () => {
    await expect(open("notAFunction", 1, {})).rejects.toThrow(/must export a function notAFunction, got number/);
    await expect(open("nothing", 1, {})).rejects.toThrow(ConfigError);
    await expect(WorkerVectorEnv.create([])).rejects.toThrow(/at least one environment/);
    await expect(WorkerVectorEnv.create([{ spec: "Test/Unknown-v0", module: MODULE }])).rejects.toThrow(/Unknown/);
    const sources = ["cartPole", "counting"].map((name) => ({ module: MODULE, export: name }));
    await expect(WorkerVectorEnv.create(sources)).rejects.toThrow(/every observationSpace must be .* in environment 1/);
    await expect(open("counting", 1, JSON.parse('{ "numWorker": 2 }'))).rejects.toThrow(/numWorker/);
  });
});

test("VE-15 questions reach the environments in their threads", async () => {
  await using env = await open("counting", 3, {});
  await env.reset({ seed: 5, options: { start: 1 } });
  expect(await env.call("add", 1, 2)).toEqual([4, 4, 4]);
  await env.setAttr("length", [3, 4, 5]);
  expect(await env.getAttr("length")).toEqual([3, 4, 5]);
  expect(await env.getAttr("rngSeed")).toEqual([5, 6, 7]);
  expect(await env.render()).toBe("1\n\n1\n\n1");
  await expect(env.call("subtract")).rejects.toThrow(/environment 0: ConfigError: .* got subtract/);
});

test("VE-13 ranges may differ between threads in observationMode different", async () => {
  const sources = [1, 5].map((high) => ({ module: MODULE, export: "ranged", options: { high } }));
  await using env = await WorkerVectorEnv.create(sources, { observationMode: "different" });
  expect(env.observationSpace).toMatchObject({ high: Float32Array.of(1, 5) });
  expect(env.observationSpace.contains((await env.reset({ seed: 1 }))[0])).toBe(true);
  await expect(WorkerVectorEnv.create(sources)).rejects.toThrow(/observationMode "different"/);
});

test("an environment may be a spec, after the module that registers it", async () => {
  await using env = await WorkerVectorEnv.create<Float32Array, number>([{ spec: "Test/Counting-v0", module: MODULE }]);
  await env.reset();
  expect((await env.step([3]))[1]).toEqual(Float64Array.of(3));
});
