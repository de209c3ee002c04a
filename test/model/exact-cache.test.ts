import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { selectBackend } from "../../src/compute/backend.ts";
import { int32, type HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { dynamicsLoss, maskId, noAction } from "../../src/model/dynamics-model.ts";
import type { GenieOptions } from "../../src/model/genie.ts";
import type { WorldSession } from "../../src/model/world-model.ts";
import { detokenize } from "../../src/model/video-tokenizer.ts";
import { param, underPrefix, withPrefix } from "../../src/nn/params.ts";

import {
  dynamicsBatchOf,
  evaluate,
  gap,
  integers,
  noise,
  noiseFrames,
  pick,
  tinyGenie,
  tinyWorld,
  type Tiny,
} from "./tiny-genie.ts";
import { dynamicsParams, uncachedLogits, uncachedSample, type Past } from "./uncached.ts";

beforeAll(() => selectBackend({ backend: "cpu" }));

const STEPS = 11;
const N = 4;

const transformer = { numBlocks: 2, modelDim: 16, numHeads: 2 };
const DYNAMICS: readonly [string, GenieOptions["dynamics"]][] = [
  ["actions prepended", { actions: "prepend", transformer }],
  ["actions added", { actions: "add", transformer }],
  ["attention over all tokens", { actions: "prepend", transformer: { ...transformer, attention: "full" } }],
];

/** The action and the uniforms of one row in one step: they depend on nothing but both numbers. */
function inputsOf(tiny: Tiny, row: number, step: number) {
  const rng = new Rng(`row ${row} step ${step}`);
  const { tokensPerFrame, numActions } = tiny.setup.dynamics;
  const size = (tiny.config.sampling.steps + 1) * tokensPerFrame;
  return { action: rng.integer(numActions), uniforms: rng.uniforms(size) };
}

function stepOf(tiny: Tiny, session: WorldSession, step: number) {
  const rows = Array.from({ length: session.numEnvs }, (_, row) => inputsOf(tiny, row, step));
  return session.step(
    Int32Array.from(rows, ({ action }) => action),
    Float32Array.from(rows.flatMap(({ uniforms }) => [...uniforms])),
  );
}

describe.each(DYNAMICS)("with %s", (_name, dynamics) => {
  test("a cached session samples what the uncached model samples, long past the window, for rows of any age", async () => {
    const tiny = tinyGenie({ dynamics });
    const world = tinyWorld(tiny);
    const params = dynamicsParams(tiny.params);
    const session = await world.open(2);
    const none = noAction(tiny.setup.dynamics);
    const prompts = [noiseFrames(1, 1), noiseFrames(1, 2)];
    await session.reset([0, 1], prompts);
    const current = await session.tokens();
    const pasts: Past[] = [0, 1].map((row) => ({
      tokens: [current.slice(row * N, (row + 1) * N)],
      led: [none],
    }));
    for (let step = 0; step < STEPS; step++) {
      if (step === 5) {
        const prompt = noiseFrames(3, 3);
        await session.reset([1], [prompt]);
        const tokens = await world.tokenize(prompt);
        const led = [none, ...(await world.inferActions(prompt))];
        pasts[1] = { tokens: [0, 1, 2].map((t) => tokens.slice(t * N, (t + 1) * N)), led };
      }
      const got = await stepOf(tiny, session, step);
      for (const [row, past] of pasts.entries()) {
        const { action, uniforms } = inputsOf(tiny, row, step);
        const want = uncachedSample(tiny.setup.dynamics, tiny.config.sampling, params, past, action, uniforms);
        expect(got.tokens.slice(row * N, (row + 1) * N)).toEqual(want.tokens);
        expect(Math.abs((got.confidence[row] ?? Number.NaN) - want.confidence)).toBeLessThan(1e-5);
        expect(Math.abs((got.entropy[row] ?? Number.NaN) - want.entropy)).toBeLessThan(1e-5);
        pasts[row] = { tokens: [...past.tokens, want.tokens], led: [...past.led, action] };
      }
    }
    world.close();
  });

  test("training shows the model what sampling shows it: same masks, same cross-entropy", async () => {
    const tiny = tinyGenie({ dynamics });
    const { dynamics: setup } = tiny.setup;
    const T = 7;
    const tokens = integers([1, T, N], setup.vocabularySize, 1);
    const actions = integers([1, T - 1], setup.numActions, 2);
    const masks = noise([1, T - 1, N], 3);
    const rate = 0.7;
    const batch: HostTensors = {
      tokens,
      actions,
      masks,
      rates: noise([1], 0, rate, rate),
      donors: integers([1, T, N], T * N, 3),
      corrupt: noise([1, T, N], 0, 0, 0),
    };
    const loss = await evaluate(
      (inputs) => {
        const result = dynamicsLoss(setup, underPrefix("dynamics", inputs), dynamicsBatchOf(inputs));
        return { loss: result.loss };
      },
      { ...tiny.params, ...batch },
    );
    const params = dynamicsParams(tiny.params);
    const nats = tf.tidy(() => {
      const found: number[] = [];
      const frames = Array.from({ length: T }, (_, t) => Int32Array.from(tokens.data.subarray(t * N, (t + 1) * N)));
      const led = [noAction(setup), ...actions.data];
      for (const [t, frame] of frames.entries()) {
        if (t === 0) continue;
        const isMasked = Array.from({ length: N }, (_, n) => (masks.data[(t - 1) * N + n] ?? 1) < Math.fround(rate));
        const shown = [...frame].map((token, n) => (isMasked[n] ? maskId(setup) : token));
        const past = { tokens: frames.slice(0, t), led: led.slice(0, t) };
        const logits = uncachedLogits(setup, params, past, led[t] ?? 0, tf.tensor2d([shown], [1, N], "int32"));
        const logs = tf.logSoftmax(logits).dataSync();
        for (const [n, token] of frame.entries()) {
          if (isMasked[n]) found.push(-(logs[n * setup.vocabularySize + token] ?? Number.NaN));
        }
      }
      return found.reduce((sum, x) => sum + x) / found.length;
    });
    expect(Math.abs((pick(loss, "loss").data[0] ?? Number.NaN) - nats)).toBeLessThan(1e-5);
  });
});

describe.each(["st-vivit", "vit", "c-vivit"] as const)("the decoder of a %s tokenizer", (architecture) => {
  test("shows frame by frame what it shows of the whole clip, whoever looked before", async () => {
    const tiny = tinyGenie({ tokenizer: { architecture } });
    const world = tinyWorld(tiny);
    const [always, seldom, last] = [await world.open(1), await world.open(1), await world.open(1)];
    const history: number[] = [];
    const seen: number[] = [];
    // Longer than what a session keeps for those who do not look.
    const frames = 30;
    for (let t = 0; t < frames; t++) {
      for (const session of [always, seldom, last]) {
        if (t === 0) await session.reset([0], [noiseFrames(1, 1)]);
        else await stepOf(tiny, session, t);
      }
      history.push(...(await always.tokens()));
      seen.push(...(await always.decode()));
      if (t % 3 === 2) expect(await seldom.decode()).toEqual(await always.decode());
    }
    expect(gap(await last.decode(), await always.decode())).toBeLessThanOrEqual(1);
    const whole = await evaluate(
      (inputs) => ({
        pixels: detokenize(
          tiny.setup.tokenizer,
          underPrefix("tokenizer", inputs),
          param(inputs, "tokens") as tf.Tensor3D,
        ),
      }),
      { ...tiny.params, tokens: int32(Int32Array.from(history), [1, frames, N]) },
    );
    const { data } = pick(whole, "pixels");
    // Pixels are rounded: float noise may tip one that lies on the edge.
    expect(gap(data, seen)).toBeLessThanOrEqual(1);
    expect(seen.filter((value, i) => value !== data[i]).length / seen.length).toBeLessThan(0.001);
    world.close();
  });
});

test("the decoder's past changes what it shows: the cache is not idle", async () => {
  const tiny = tinyGenie();
  const tokens = (first: number) => int32(Int32Array.of(first, 0, 0, 0, 1, 1, 1, 1), [1, 2, N]);
  const second = async (first: number) => {
    const inputs = { ...withPrefix("tokenizer", underPrefix("tokenizer", tiny.params)), tokens: tokens(first) };
    const { pixels } = await evaluate(
      (given) => ({
        pixels: detokenize(
          tiny.setup.tokenizer,
          underPrefix("tokenizer", given),
          param(given, "tokens") as tf.Tensor3D,
        ),
      }),
      inputs,
    );
    return pixels?.data.slice(pixels.data.length / 2);
  };
  expect(gap(await second(0), await second(5))).toBeGreaterThan(0);
});
