import { describe, expect, test, vi } from "vitest";

import { asAsync } from "../../../src/env/adapters.ts";
import {
  AlreadyPendingCallError,
  ClosedError,
  ConcurrentVectorEnv,
  GenieEnv,
  InvalidActionError,
  NoAsyncCallError,
  ResetNeededError,
  SyncVectorEnv,
  WorkerVectorEnv,
} from "../../../src/env/index.ts";
import { FakeWorldModel } from "../../../src/testing/index.ts";
import { CountingEnv } from "./counting-env.ts";
import { COUNTING_MODULE } from "./kinds.ts";

/* Calls that are begun now and waited for later, as in Gymnasium's AsyncVectorEnv: the same in every kind. */

const source = { module: COUNTING_MODULE, export: "counting" };
const openGenie = () => {
  const world = new FakeWorldModel({ noise: 0.5, starts: [9, 27] });
  return GenieEnv.fromWorld(world, { numEnvs: 2, horizon: 3 });
};
const KINDS = {
  SyncVectorEnv: async () => new SyncVectorEnv([() => new CountingEnv(3), () => new CountingEnv(5)]),
  ConcurrentVectorEnv: () =>
    ConcurrentVectorEnv.create([() => asAsync(new CountingEnv(3)), () => asAsync(new CountingEnv(5))]),
  WorkerVectorEnv: () =>
    WorkerVectorEnv.create<Float32Array, number>(
      [3, 5].map((length) => ({ ...source, options: { length } })),
      { numWorkers: 1 },
    ),
  GenieVectorEnv: openGenie,
};
type AnyKind = Awaited<ReturnType<(typeof KINDS)[keyof typeof KINDS]>>;

describe.each(Object.entries<() => Promise<AnyKind>>(KINDS))("%s", (_, open) => {
  /** What a call throws, or rejects with. */
  const errorOf = async (call: () => unknown): Promise<unknown> => {
    try {
      await call();
    } catch (error) {
      return error;
    }
    return null;
  };

  test("steps that are begun and waited for are those that step makes", async () => {
    const [begun, plain] = [await open(), await open()];
    begun.resetAsync({ seed: 4 });
    expect(await begun.resetWait()).toEqual(await plain.reset({ seed: 4 }));
    for (let i = 0; i < 8; i++) {
      const actions = Int32Array.of(i % 5, 1);
      begun.stepAsync(actions);
      const want = await plain.step(actions.slice());
      // A step has read its actions when it was begun.
      actions.fill(0);
      expect(await begun.stepWait()).toEqual(want);
    }
    for (const env of [begun, plain]) env.close();
  });

  test("VE-16 what was not begun cannot be waited for, and nothing else is begun meanwhile", async () => {
    const env = await open();
    await env.reset({ seed: 1 });
    for (const wait of [() => env.stepWait(), () => env.resetWait()]) {
      expect(await errorOf(wait)).toBeInstanceOf(NoAsyncCallError);
    }
    env.stepAsync([1, 1]);
    const refused = [
      () => env.stepAsync([1, 1]),
      () => env.resetAsync(),
      () => env.step([1, 1]),
      () => env.reset(),
      () => env.render(),
    ];
    for (const call of refused) expect(await errorOf(call)).toBeInstanceOf(AlreadyPendingCallError);
    expect(await errorOf(() => env.resetWait())).toMatchObject({
      name: "NoAsyncCallError",
      message: "resetWait: a reset must be pending, got a step - call resetAsync before",
    });
    const [, , , , info] = await env.stepWait();
    expect(await errorOf(() => env.stepWait())).toBeInstanceOf(NoAsyncCallError);

    const other = await open();
    await other.reset({ seed: 1 });
    expect((await other.step([1, 1]))[4]).toEqual(info);
    expect(await env.step([1, 1])).toEqual(await other.step([1, 1]));
    for (const one of [env, other]) one.close();
  });

  test("an error waits for who waits, and the environment goes on", async () => {
    const env = await open();
    env.stepAsync([1, 1]);
    expect(await errorOf(() => env.stepWait())).toBeInstanceOf(ResetNeededError);
    await env.reset({ seed: 1 });
    env.stepAsync([99, 1]);
    expect(await errorOf(() => env.stepWait())).toBeInstanceOf(InvalidActionError);
    env.stepAsync([1, 1]);
    expect((await env.stepWait())[2]).toEqual(Uint8Array.of(0, 0));
    env.close();
    for (const call of [() => env.stepAsync([1, 1]), () => env.stepWait(), () => env.resetWait()]) {
      expect(await errorOf(call)).toBeInstanceOf(ClosedError);
    }
  });
});

test("VE-16 close while a call is pending warns, and nothing is left of the call", async () => {
  const emit = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const open = () => WorkerVectorEnv.create<Float32Array, number>([source]);
  const env = await open();
  env.resetAsync();
  env.close();
  await env[Symbol.asyncDispose]();
  expect(emit).toHaveBeenCalledWith(expect.stringContaining("still pending"), "GenieEnvWarning");
  await expect(env.resetWait()).rejects.toThrow(ClosedError);

  emit.mockClear();
  const waiting = await open();
  waiting.resetAsync();
  await waiting[Symbol.asyncDispose]();
  expect(emit).not.toHaveBeenCalled();
  emit.mockRestore();
});

test("questions to rows can be begun too", async () => {
  await using env = await WorkerVectorEnv.create<Float32Array, number>([source, source]);
  await env.reset();
  env.callAsync("add", 1, 2);
  await expect(env.getAttr("length")).rejects.toThrow(AlreadyPendingCallError);
  expect(await env.callWait()).toEqual([3, 3]);
  using rows = new SyncVectorEnv([() => new CountingEnv()]);
  rows.callAsync("add", 1, 2);
  expect(rows.callWait()).toEqual([3]);
  expect(() => rows.callWait()).toThrow(NoAsyncCallError);
});

test("a world's image can be given to a reset that is begun", async () => {
  const world = new FakeWorldModel();
  await using env = await GenieEnv.fromWorld(world, { numEnvs: 1, observation: "tokens" });
  env.resetAsync({ options: { image: world.prompt(5) } });
  expect((await env.resetWait())[0].indexOf(1)).toBe(5);
});
