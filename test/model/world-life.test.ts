import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { eagerEngine } from "../../src/compute/eager-engine.ts";
import type { Engine } from "../../src/compute/engine.ts";
import { countSessions } from "../../src/compute/onnx-executable.ts";
import { BackendError, ClosedError } from "../../src/core/errors.ts";
import { GenieWorld } from "../../src/model/genie-world.ts";
import { cpuEngine } from "../engines/engine-named.ts";
import { noiseFrames, tinyGenie } from "./tiny-genie.ts";

/*
 * Worlds that fail, or are closed, while graphs are prepared: whoever asked is told, and nothing stays open.
 */
const engine = cpuEngine();
const prompt = noiseFrames(1, 1);

/** The engine, which fails the first time that it is asked for a graph of this name. */
function failingAt(name: string): Engine {
  let hasFailed = false;
  const prepare: Engine["prepare"] = (fn, options) => {
    if (hasFailed || options.name !== name) return engine.prepare(fn, options);
    hasFailed = true;
    return Promise.reject(new BackendError(`no memory for ${name}`));
  };
  return { ...engine, prepare };
}

function worldOn(on: Engine): GenieWorld {
  const { config, params } = tinyGenie();
  return new GenieWorld("tiny", config, params, on);
}

test("a graph that fails is tried anew, and a world that had one can be closed", async () => {
  const world = worldOn(failingAt("tokenize 1"));
  await expect(world.tokenize(prompt)).rejects.toThrow(BackendError);
  expect(await world.tokenize(prompt)).toHaveLength(world.tokensPerFrame);
  world.close();

  const broken = worldOn(failingAt("reconstruct 1"));
  await expect(broken.reconstruct(prompt)).rejects.toThrow(BackendError);
  // Nobody waits for the graph that failed: its promise must not end the process.
  broken.close();
  await expect(broken.reconstruct(prompt)).rejects.toThrow(ClosedError);
  expect(countSessions()).toBe(0);
});

test.each(["dynamics step", "dynamics remember", "decoder step"])(
  "environments without a %s leave nothing open",
  async (name) => {
    const world = worldOn(failingAt(name));
    await expect(world.open(1)).rejects.toThrow(BackendError);
    expect(countSessions()).toBe(0);
    const session = await world.open(1);
    expect(countSessions()).toBe(3);
    session.close();
    world.close();
  },
);

test("a world that is closed while environments are opened closes them, and says so", async () => {
  const world = worldOn(engine);
  const opening = world.open(1);
  world.close();
  await expect(opening).rejects.toThrow(ClosedError);
  expect(countSessions()).toBe(0);
});

test("a world that is closed while a graph is prepared closes it", async () => {
  const world = worldOn(engine);
  const tokens = world.tokenize(prompt).catch((error: unknown) => error);
  world.close();
  await tokens;
  expect(countSessions()).toBe(0);
});

test.each([{}, { tokens: true, confidence: true, pixels: true }])(
  "a world that is closed while frames are played with %j leaves nothing on the device, whatever was under way",
  async (look) => {
    const eager = await eagerEngine("cpu");
    const before = tf.memory().numTensors;
    const outcomes: unknown[] = [];
    for (const turns of [0, 1, 3, 8, 12]) {
      const world = worldOn(eager);
      const session = await world.open(1);
      await session.reset([0], [prompt]);
      const frame = { actions: Int32Array.of(0), uniforms: new Float32Array(world.uniformsPerStep), look };
      const playing = session.play?.([frame, frame, frame]).catch((error: unknown) => error);
      for (let i = 0; i < turns; i++) await Promise.resolve();
      world.close();
      outcomes.push(await playing);
    }
    for (const outcome of outcomes) expect(outcome).toBeInstanceOf(ClosedError);
    expect(tf.memory().numTensors).toBe(before);
  },
);
