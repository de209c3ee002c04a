import * as tf from "@tensorflow/tfjs";
import type { HostTensors } from "../../src/core/host-tensor.ts";
import {
  dynamicsForward,
  maskId,
  positionsPerFrame,
  tokenLogits,
  type DynamicsSetup,
} from "../../src/model/dynamics-model.ts";
import { sampleMaskGIT, type MaskGITConfig } from "../../src/model/maskgit.ts";
import { underPrefix, type Params } from "../../src/nn/params.ts";
import { causalLayout, clipContext, constant } from "../../src/nn/temporal-context.ts";

/** Frames of tokens and, for each, the action that led to it. */
export type Past = { readonly tokens: readonly Int32Array[]; readonly led: readonly number[] };

/** What sampling a frame gives one row. */
export type Sampled = { readonly tokens: Int32Array; readonly confidence: number; readonly entropy: number };

/** Here everything is computed on the CPU, whatever engine was used in between. */
function useCpu(): void {
  void tf.setBackend("cpu");
}

/** The dynamics model's parameters on the CPU. */
export function dynamicsParams(params: HostTensors): Params {
  useCpu();
  const own = Object.entries(underPrefix("dynamics", params));
  return Object.fromEntries(own.map(([name, tensor]) => [name, constant(tensor)]));
}

/** Logits [1, N, K] of a partly masked frame [1, N] behind its past, in one pass over all frames: no cache anywhere. */
export function uncachedLogits(
  setup: DynamicsSetup,
  params: Params,
  past: Past,
  action: number,
  frame_BN: tf.Tensor,
): tf.Tensor {
  const { tokensPerFrame: n } = setup;
  const count = past.tokens.length + 1;
  const clean = tf.tensor3d(
    past.tokens.flatMap((tokens) => [...tokens]),
    [1, count - 1, n],
    "int32",
  );
  const tokens = tf.concat([clean, tf.reshape(frame_BN, [1, 1, n])], 1);
  const led = tf.tensor2d([[...past.led, action]], [1, count], "int32");
  const context = clipContext(setup.config.transformer, causalLayout(count, setup.window), positionsPerFrame(setup));
  const hidden = dynamicsForward(setup, params, tokens, led, context).tokens;
  const width = hidden.shape.at(-1) ?? 1;
  const own = tf.reshape(tf.slice(hidden, [0, count - 1, 0, 0], [1, 1, n, width]), [1, n, width]);
  return tokenLogits(setup, params, own, tf.reshape(tf.slice(clean, [0, count - 2, 0], [1, 1, n]), [1, n]));
}

/** Samples the next frame without a cache. */
export function uncachedSample(
  setup: DynamicsSetup,
  sampling: MaskGITConfig,
  params: Params,
  past: Past,
  action: number,
  uniforms: Float32Array,
): Sampled {
  useCpu();
  return tf.tidy(() => {
    const uniforms_BSN = tf.tensor3d(uniforms, [1, sampling.steps + 1, setup.tokensPerFrame]);
    const frame = sampleMaskGIT(sampling, maskId(setup), uniforms_BSN, (tokens, take) =>
      take(uncachedLogits(setup, params, past, action, tokens)),
    );
    const number = (x: tf.Tensor) => x.dataSync()[0] ?? Number.NaN;
    return {
      tokens: Int32Array.from(frame.tokens_BN.dataSync()),
      confidence: number(frame.confidence_B),
      entropy: number(frame.entropy_B),
    } as const;
  });
}
