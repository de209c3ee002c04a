import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { float32, int32, type HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import {
  dynamicsForward,
  dynamicsLoss,
  positionsPerFrame,
  tokenLogits,
  type DynamicsSetup,
} from "../../src/model/dynamics-model.ts";
import { param, underPrefix } from "../../src/nn/params.ts";
import { causalLayout, clipContext } from "../../src/nn/temporal-context.ts";
import { dynamicsBatchOf, evaluate, gap, integers, pick, tinyGenie } from "./tiny-genie.ts";

const T = 3;

/** Logits [1, T, N, K] of a clip of tokens, each frame's "last" tokens being those of the frame before. */
async function logitsOf(setup: DynamicsSetup, params: HostTensors): Promise<Float32Array> {
  const n = setup.tokensPerFrame;
  const tokens = integers([1, T, n], setup.vocabularySize, 1);
  const led = integers([1, T], setup.numActions, 2);
  const last = integers([1, T, n], setup.vocabularySize, 3);
  const outputs = await evaluate(
    (inputs) => {
      const own = underPrefix("dynamics", inputs);
      const context = clipContext(setup.config.transformer, causalLayout(T, setup.window), positionsPerFrame(setup));
      const { tokens: hidden } = dynamicsForward(setup, own, param(inputs, "tokens"), param(inputs, "led"), context);
      return { y: tokenLogits(setup, own, hidden, param(inputs, "last")) };
    },
    { ...params, tokens, led, last },
  );
  return Float32Array.from(pick(outputs, "y").data);
}

describe("the factors of a token's embedding", () => {
  const factored = tinyGenie({ dynamics: { factors: true } });
  const plain = tinyGenie({ dynamics: { factors: false } });
  const [width, levels] = [16, [3, 3]] as const;

  /** Row k of a plain table: its own, and those of the levels of k's code, whose first number varies fastest. */
  function summed(params: HostTensors): HostTensors {
    const rows = (name: string) => params[`dynamics.embed.${name}`]?.data ?? [];
    const table = Float32Array.from(rows("tokens"), (own, i) => {
      const [token, column] = [Math.floor(i / width), i % width];
      if (token === levels[0] * levels[1]) return own;
      const digits = [token % levels[0], Math.floor(token / levels[0])];
      return digits.reduce((sum, digit, d) => sum + (rows(`levels.${d}`)[digit * width + column] ?? 0), own);
    });
    return { ...params, "dynamics.embed.tokens": float32(table, [levels[0] * levels[1] + 1, width]) };
  }

  test("are added to its own row, where tokens go in and where they come out", async () => {
    const together = await logitsOf(factored.setup.dynamics, factored.params);
    expect(gap(together, await logitsOf(plain.setup.dynamics, summed(factored.params)))).toBeLessThan(1e-4);
    expect(gap(together, await logitsOf(plain.setup.dynamics, factored.params))).toBeGreaterThan(1e-2);
  });

  test("are none where a token is no code of levels", () => {
    const vq = tinyGenie({ tokenizer: { quantizer: { kind: "vq", codebookSize: 9, codeDim: 4 } } });
    expect(Object.keys(vq.params).filter((name) => name.includes("embed.levels"))).toEqual([]);
  });
});

test("the pointer adds to the logit of the last frame's token, and to no other", async () => {
  const copying = tinyGenie({ dynamics: { copy: true } });
  const alone = tinyGenie({ dynamics: { copy: false } });
  const [a, b] = [
    await logitsOf(copying.setup.dynamics, copying.params),
    await logitsOf(alone.setup.dynamics, copying.params),
  ];
  const { vocabularySize: k, tokensPerFrame: n } = copying.setup.dynamics;
  const last = integers([1, T, n], k, 3).data;
  for (const [m, token] of [...last].entries()) {
    const changed = [...Array(k).keys()].filter((i) => Math.abs((a[m * k + i] ?? 0) - (b[m * k + i] ?? 0)) > 1e-5);
    expect(changed).toEqual([token]);
  }
});

describe("noise that the model predicts itself", () => {
  const [rows, frames] = [2, 3];
  const tiny = {
    batch: tinyGenie({ dynamics: { noise: "batch" } }),
    predicted: tinyGenie({ dynamics: { noise: "predicted" } }),
  };
  const n = tiny.batch.setup.dynamics.tokensPerFrame;
  const learnt = "dynamics.embed.tokens";
  // Whoever is sure of the last frame's tokens plays them.
  const copying = { ...tiny.batch.params, "dynamics.copy.bias": float32(Float32Array.of(30), [1]) };
  const shown = integers([rows, frames, n], tiny.batch.setup.dynamics.vocabularySize, 1);

  /** The loss and its gradient where a share of the context is replaced: each token where its uniform is below it. */
  async function lossOf(noise: keyof typeof tiny, share: number): Promise<readonly Float32Array[]> {
    const { setup } = tiny[noise];
    const uniforms = (length: number) => new Rng(5).uniforms(length);
    const before = (_: unknown, place: number) => (place % (frames * n) < n ? place : place - n);
    const batch = {
      tokens: shown,
      actions: integers([rows, frames - 1], setup.dynamics.numActions, 2),
      rates: float32(new Float32Array(rows).fill(0.9), [rows]),
      masks: float32(uniforms(rows * (frames - 1) * n), [rows, frames - 1, n]),
      donors: int32(Int32Array.from({ length: rows * frames * n }, before), [rows, frames, n]),
      corrupt: float32(
        uniforms(rows * frames * n).map((u) => Number(u < share)),
        [rows, frames, n],
      ),
    };
    const outputs = await evaluate(
      (inputs) => {
        const loss = (table: tf.Tensor) =>
          dynamicsLoss(setup.dynamics, underPrefix("dynamics", { ...inputs, [learnt]: table }), dynamicsBatchOf(inputs))
            .loss;
        const { value, grad } = tf.valueAndGrad(loss)(param(inputs, learnt));
        return { loss: value, gradient: grad };
      },
      { ...copying, ...batch },
    );
    return ["loss", "gradient"].map((name) => Float32Array.from(pick(outputs, name).data));
  }

  test("is what it would play: of one who copies, the frame before", async () => {
    const [loss, gradient] = await lossOf("predicted", 0.7);
    const [wantedLoss, wantedGradient] = await lossOf("batch", 0.7);
    const [cleanLoss] = await lossOf("batch", 0);
    expect(gap(loss, wantedLoss ?? [])).toBeLessThan(1e-4);
    expect(gap(gradient, wantedGradient ?? [])).toBeLessThan(1e-4);
    expect(gap(loss, cleanLoss ?? [])).toBeGreaterThan(1e-2);
    expect(gradient?.some((slope) => Math.abs(slope) > 1e-3)).toBe(true);
  });

  test("needs a clean context, of which alone it replaces tokens", () => {
    expect(() => tinyGenie({ dynamics: { noise: "predicted", context: "masked" } })).toThrow(/clean context/);
  });

  test("is nothing where nothing is replaced", async () => {
    expect(await lossOf("predicted", 0)).toEqual(await lossOf("batch", 0));
  });
});
