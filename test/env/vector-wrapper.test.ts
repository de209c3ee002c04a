import { expect, test } from "vitest";
import { Discrete, makeVecSync, VectorTransformReward, VectorWrapper } from "../../src/env/index.ts";
import type { VectorEnv } from "../../src/env/index.ts";
import "../../src/games/index.ts";

function cartPoles(): VectorEnv<Float32Array, Int32Array> {
  return makeVecSync<Float32Array, Int32Array>("CartPole-v1", { numEnvs: 3, renderMode: "ansi" });
}

test("VE-21 a vector wrapper forwards everything that is the environment's", () => {
  const env = cartPoles();
  const wrapped = new VectorWrapper(new VectorWrapper(env));
  expect(wrapped.numEnvs).toBe(3);
  expect(wrapped.metadata).toBe(env.metadata);
  expect(wrapped.metadata.autoresetMode).toBe("NextStep");
  expect(wrapped.renderMode).toBe("ansi");
  const layer = { name: "VectorWrapper", options: null };
  expect(wrapped.spec).toEqual({ ...env.spec, vector: { ...env.spec?.vector, wrappers: [layer, layer] } });
  expect(wrapped.unwrapped).toBe(env.unwrapped);
  const spaces = ["observationSpace", "actionSpace", "singleObservationSpace", "singleActionSpace"] as const;
  for (const space of spaces) expect(wrapped[space]).toBe(env[space]);
  expect(wrapped.reset({ seed: 4 })[0]).toEqual(cartPoles().reset({ seed: 4 })[0]);
  expect(wrapped.render()).toEqual(env.render());
});

test("VE-21 what a wrapper replaces is its own: the environment inside keeps what it has", () => {
  class Renamed extends VectorWrapper<Float32Array, Int32Array> {
    override get actionSpace() {
      return new Discrete(2).batch(3);
    }
    override get metadata() {
      return { ...this.env.metadata, renderFps: 1 };
    }
  }
  const env = cartPoles();
  const wrapped = new Renamed(env);
  expect(wrapped.metadata.renderFps).toBe(1);
  expect(env.metadata.renderFps).not.toBe(1);
  expect(wrapped.actionSpace).not.toBe(env.actionSpace);
});

test("VE-21 a wrapper's wrapper goes through it, and closing the outermost closes all", () => {
  const env = cartPoles();
  const paid = new VectorTransformReward(new VectorWrapper(env), (reward: number) => 10 * reward);
  paid.reset({ seed: 1 });
  expect([...paid.step(Int32Array.of(0, 1, 0))[1]]).toEqual([10, 10, 10]);
  paid.close();
  expect(() => env.step(Int32Array.of(0, 1, 0))).toThrow(/closed/);
});
