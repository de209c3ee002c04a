import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import type { TensorFunction } from "../../src/compute/trace.ts";
import type { HostTensor } from "../../src/core/host-tensor.ts";
import { dynamicsForward, positionsPerFrame, tokenLogits } from "../../src/model/dynamics-model.ts";
import { inferActions, latentActionLoss } from "../../src/model/latent-action-model.ts";
import { detokenize, tokenize } from "../../src/model/video-tokenizer.ts";
import { param, underPrefix } from "../../src/nn/params.ts";
import { causalLayout, clipContext } from "../../src/nn/temporal-context.ts";
import { evaluate, frameRange, gap, integers, noise, pick, tinyGenie } from "./tiny-genie.ts";

const T = 6;
const N = 4;

/** The same tensor [1, T, ...] with frame `frame` replaced by that of `other`. */
function withFrame(clip: HostTensor, other: HostTensor, frame: number): HostTensor {
  const size = clip.data.length / (clip.shape[1] ?? 1);
  const changed = clip.data.map((value: number, i: number) =>
    Math.floor(i / size) === frame ? (other.data[i] ?? value) : value,
  );
  return { ...clip, data: changed } as HostTensor;
}

/** Which frames of the output change when one frame of the input does. */
function changedFrames(before: HostTensor, after: HostTensor): number[] {
  const frames = [...Array(before.shape[1] ?? 0).keys()];
  return frames.filter((t) => gap(frameRange(before, t, 1), frameRange(after, t, 1)) > 0);
}

describe.each(["prepend", "add"] as const)("dynamics with actions: %s", (actions) => {
  const tiny = tinyGenie({ dynamics: { actions, transformer: { numBlocks: 2, modelDim: 16, numHeads: 2 } } });
  const { dynamics: setup } = tiny.setup;
  const logits: TensorFunction = (inputs) => {
    const params = underPrefix("dynamics", inputs);
    const context = clipContext(setup.config.transformer, causalLayout(T, setup.window), positionsPerFrame(setup));
    const [tokens, led] = [param(inputs, "tokens"), param(inputs, "led")];
    const last = tf.concat([tf.zeros([1, 1, N], "int32"), tf.slice(tokens, [0, 0, 0], [1, T - 1, N])], 1);
    return { y: tokenLogits(setup, params, dynamicsForward(setup, params, tokens, led, context).tokens, last) };
  };
  const tokens = integers([1, T, N], setup.vocabularySize, 1);
  const led = integers([1, T], setup.numActions, 2);
  const run = async (inputs: { tokens: HostTensor; led: HostTensor }) =>
    pick(await evaluate(logits, { ...tiny.params, ...inputs }), "y");

  test("an action changes the frame it leads to and later ones, and nothing earlier", async () => {
    const before = await run({ tokens, led });
    const other = { ...led, data: led.data.map((action: number) => (action + 1) % setup.numActions) } as HostTensor;
    for (const frame of [1, 3, T - 1]) {
      const after = await run({ tokens, led: withFrame(led, other, frame) });
      const changed = changedFrames(before, after);
      expect(changed[0]).toBe(frame);
      expect(changed).toContain(frame);
    }
  });

  test("a token changes its own frame's logits and later ones, and nothing earlier", async () => {
    const before = await run({ tokens, led });
    const other = integers([1, T, N], setup.vocabularySize, 7);
    for (const frame of [0, 2, T - 1]) {
      const changed = changedFrames(before, await run({ tokens: withFrame(tokens, other, frame), led }));
      expect(changed[0]).toBe(frame);
    }
  });
});

describe.each(["st-vivit", "vit", "c-vivit"] as const)("a %s tokenizer", (architecture) => {
  const tiny = tinyGenie({ tokenizer: { architecture } });
  const frames = noise([1, T, 16, 16, 3], 1, 0, 255);
  const other = noise([1, T, 16, 16, 3], 2, 0, 255);

  test("gives tokens that know their own frame and earlier ones only", async () => {
    const run = async (clip: HostTensor) => {
      const fn: TensorFunction = (inputs) => ({
        y: tokenize(tiny.setup.tokenizer, underPrefix("tokenizer", inputs), param(inputs, "clip")),
      });
      return pick(await evaluate(fn, { ...tiny.params, clip }), "y");
    };
    const before = await run(frames);
    for (const frame of [0, 2, T - 1]) {
      const changed = changedFrames(before, await run(withFrame(frames, other, frame)));
      expect(changed[0]).toBe(frame);
      if (architecture === "vit") expect(changed).toEqual([frame]);
    }
  });

  test("decodes frames that know earlier tokens only", async () => {
    const tokens = integers([1, T, N], 9, 3);
    const run = async (given: HostTensor) => {
      const fn: TensorFunction = (inputs) => ({
        y: detokenize(tiny.setup.tokenizer, underPrefix("tokenizer", inputs), param(inputs, "given") as tf.Tensor3D),
      });
      return pick(await evaluate(fn, { ...tiny.params, given }), "y");
    };
    const before = await run(tokens);
    const changed = changedFrames(before, await run(withFrame(tokens, integers([1, T, N], 9, 4), 2)));
    expect(changed[0]).toBe(2);
    if (architecture === "vit") expect(changed).toEqual([2]);
  });
});

describe("the latent action model", () => {
  const tiny = tinyGenie();
  const run = async (clip: HostTensor) => {
    const fn: TensorFunction = (inputs) => ({
      y: inferActions(tiny.setup.actions, underPrefix("actions", inputs), param(inputs, "clip")),
    });
    return [...pick(await evaluate(fn, { ...tiny.params, clip }), "y").data];
  };

  test("infers an action from the frames up to the one it leads to", async () => {
    // Several clips, since one action has three bits only and may stay what it was by chance.
    const reached = new Set<number>();
    for (let seed = 0; seed < 8; seed++) {
      const clip = noise([1, T, 16, 16, 3], seed, 0, 255);
      const before = await run(clip);
      const after = await run(withFrame(clip, noise([1, T, 16, 16, 3], seed + 100, 0, 255), 3));
      for (const [t, action] of before.entries()) if (action !== after[t]) reached.add(t);
    }
    // Action t leads from frame t to frame t + 1: changing frame 3 may change actions 2, 3, 4, never 0 or 1.
    expect(Math.min(...reached)).toBe(2);
  });

  test("predicts a frame from earlier frames and the codes between, never from itself", async () => {
    // With the same code for everything, the error at the last frame is all that may change with the last frame.
    const { params } = tiny;
    const blind = Object.fromEntries(
      Object.entries(params).map(([name, tensor]) =>
        name.startsWith("actions.encoder.latent")
          ? [name, { ...tensor, data: tensor.data.map(() => 0) } as HostTensor]
          : [name, tensor],
      ),
    );
    const fn: TensorFunction = (inputs) => {
      const own = underPrefix("actions", inputs);
      const { metrics } = latentActionLoss(tiny.setup.actions, own, { clip: param(inputs, "clip") });
      return { y: param(metrics, "lamMse") };
    };
    const error = async (clip: HostTensor) => pick(await evaluate(fn, { ...blind, clip }), "y").data[0] ?? Number.NaN;
    // If the prediction p is the same for all last frames x, then 2 error((x+y)/2) = error(x) + error(y) - d(x,y)/2.
    const clip = noise([1, 2, 16, 16, 3], 1, 0, 255);
    const second = noise([1, 2, 16, 16, 3], 2, 0, 255);
    const [x, y] = [clip, withFrame(clip, second, 1)];
    const middle = {
      ...x,
      data: x.data.map((value: number, i: number) => (value + (y.data[i] ?? 0)) / 2),
    } as HostTensor;
    const size = x.data.length / 2;
    const differences = Array.from(
      { length: size },
      (_, i) => ((x.data[size + i] ?? 0) - (y.data[size + i] ?? 0)) / 127.5,
    );
    const distance = differences.reduce((sum, d) => sum + d * d, 0) / size;
    const want = ((await error(x)) + (await error(y)) - distance / 2) / 2;
    expect(Math.abs((await error(middle)) - want)).toBeLessThan(1e-4);
  });
});
