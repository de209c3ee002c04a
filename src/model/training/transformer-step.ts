import * as tf from "@tensorflow/tfjs";
import type { PrepareOptions } from "../../compute/engine.ts";
import type { TensorFunction } from "../../compute/trace.ts";
import { float32, type HostTensors } from "../../core/host-tensor.ts";
import type { Rng } from "../../core/rng.ts";
import { ADAMW_INPUTS, AdamWConfig } from "../../nn/adamw.ts";
import { initParams, param, withPrefix } from "../../nn/params.ts";
import { stTransformer, stTransformerParams, type STTransformerConfig } from "../../nn/st-transformer.ts";
import { causalLayout, clipContext } from "../../nn/temporal-context.ts";
import { initTrainState, trainStep } from "../../nn/train-step.ts";

/** What an ST-transformer is trained on when speed is measured: `batchSize` clips. */
export type ClipShape = { readonly batchSize: number; readonly numFrames: number; readonly tokensPerFrame: number };

/** A training step of an ST-transformer alone: the part of every model of Genie that the time goes to. */
export type TransformerStep = { readonly fn: TensorFunction; readonly options: PrepareOptions };

const NAME = "transformer";

/**
 * The step that engines are compared by: x [B, T, N, D] through all blocks, mean squared error against `target`, the
 * gradient, and AdamW with its defaults. Inputs: `x`, `target`, and those of AdamW. Output: `loss`.
 */
export function transformerStep(config: STTransformerConfig, clip: ClipShape, rng: Rng): TransformerStep {
  const { batchSize, numFrames, tokensPerFrame } = clip;
  const params = withPrefix(NAME, initParams(stTransformerParams(config), rng));
  const spec = { shape: [batchSize, numFrames, tokensPerFrame, config.modelDim], dtype: "float32" } as const;
  const context = () => clipContext(config, causalLayout(numFrames, numFrames), tokensPerFrame);
  const fn = trainStep(
    Object.keys(params),
    (tensors, inputs) => {
      const x = param(inputs, "x") as tf.Tensor4D;
      const { tokens } = stTransformer(config, tensors, NAME, x, context());
      const loss = tf.mean(tf.squaredDifference(tokens, param(inputs, "target"))) as tf.Scalar;
      return { loss, metrics: {}, updates: {} };
    },
    AdamWConfig.parse({}),
  );
  const options = { name: "transformer step", inputs: { x: spec, target: spec, ...ADAMW_INPUTS } };
  return { fn, options: { ...options, state: initTrainState(params) } };
}

/** Normal noise for the inputs `x` and `target` of a `transformerStep`. */
export function transformerBatch({ options }: TransformerStep, rng: Rng): HostTensors {
  const { x } = options.inputs;
  const shape = x?.shape ?? [];
  const length = shape.reduce((size, axis) => size * axis, 1);
  const noise = (name: string) => {
    const own = rng.split(name);
    return float32(
      Float32Array.from({ length }, () => own.normal()),
      shape,
    );
  };
  return { x: noise("x"), target: noise("target") };
}
