import * as tf from "@tensorflow/tfjs";
import { ConfigError } from "../core/errors.ts";
import { int32, type HostTensor } from "../core/host-tensor.ts";
import { parseOptions } from "../core/options.ts";
import type { Signature, TensorFunction, Tensors } from "../compute/trace.ts";
import { Discrete } from "../env/index.ts";
import { linear, linearOfScaled, linearParams } from "../nn/linear.ts";
import { crossEntropy, embed } from "../nn/ops.ts";
import { normal, param, withPrefix, type Params, type ParamSpecs } from "../nn/params.ts";
import { BYTES, cutClips, patchesPerFrame, patchWidth, type PatchGrid } from "../nn/patches.ts";
import { stTransformer, stTransformerParams, STTransformerConfig } from "../nn/st-transformer.ts";
import { causalLayout, clipContext } from "../nn/temporal-context.ts";
import type { LossResult } from "../nn/train-step.ts";
import { actionHead, type ActionHead } from "./action-head.ts";
import type { BehavioralCloningConfig } from "./bc-options.ts";

/** A policy over discrete actions given the last frames (Genie, appendix E). */
export type PolicyNetwork = {
  readonly config: BehavioralCloningConfig;
  readonly transformer: STTransformerConfig;
  readonly height: number;
  readonly width: number;
  readonly numActions: number;
  readonly head: ActionHead;
};

/** What a policy sees and says: the size of a frame, and how many (latent) actions there are. */
export type PolicySpec = {
  readonly frameShape: readonly [height: number, width: number, channels: 3];
  readonly numActions: number;
};

/** The network of a policy. @throws ConfigError for sizes that do not go together. */
export function policyNetwork({ frameShape, numActions }: PolicySpec, config: BehavioralCloningConfig): PolicyNetwork {
  const [height, width, channels] = frameShape;
  const isSize = (side: number) => Number.isSafeInteger(side) && side > 0;
  if (frameShape.length !== 3 || !isSize(height) || !isSize(width) || channels !== 3) {
    throw new ConfigError(
      `BehavioralCloning: frameShape must be [height, width, 3] of positive integers, got ${JSON.stringify(frameShape)}`,
    );
  }
  if (!Number.isSafeInteger(numActions) || numActions < 2) {
    throw new ConfigError(`BehavioralCloning: numActions must be an integer from 2 on, got ${numActions}`);
  }
  const { numBlocks, modelDim, numHeads, attention } = config;
  const sizes = { numBlocks, modelDim, numHeads, attention };
  const transformer = parseOptions(STTransformerConfig, sizes, "BehavioralCloning");
  return { config, transformer, height, width, numActions, head: actionHead(new Discrete(numActions)) };
}

/** How many of the last frames the network decides on at once: all of them, or the last one only. */
export function numDecisions({ config }: PolicyNetwork): number {
  return config.attention === "space" ? 1 : config.numFrames;
}

function gridOf({ config, height, width }: PolicyNetwork): PatchGrid {
  return { height, width, patchSize: config.patchSize };
}

/** All parameters. @throws ConfigError when the patch size does not divide the frame. */
export function policyParams(network: PolicyNetwork): ParamSpecs {
  const { transformer, numActions } = network;
  const { numFrames, previousActions, modelDim, readDim, featureDim } = network.config;
  const grid = gridOf(network);
  const numPatches = patchesPerFrame(grid);
  const framesPerToken = numFrames / numDecisions(network);
  const lags = normal([(numFrames - 1) * (numActions + 1), modelDim], 0.5);
  return {
    ...withPrefix("embed.up", linearParams(framesPerToken * patchWidth(grid), 2 * modelDim, { bias: true })),
    ...withPrefix("embed.down", linearParams(2 * modelDim, modelDim)),
    positions: normal([numPatches, modelDim], 0.5),
    ...(previousActions && numFrames > 1 ? { lags } : {}),
    ...withPrefix("encoder", stTransformerParams(transformer)),
    ...withPrefix("read", linearParams(modelDim, readDim)),
    ...withPrefix("features", linearParams(numPatches * readDim, featureDim, { bias: true })),
    ...withPrefix("policy", linearParams(featureDim, numActions, { bias: true, std: 0.01 })),
  };
}

/**
 * What the network makes of the last frames: features [B, numDecisions, F]. `frames` [B, T, H, W, 3] in [0, 255];
 * `previous` int32 [B, T - 1], the actions between them in [0, A], where A stands for none known.
 */
export function policyFeatures(network: PolicyNetwork, params: Params, inputs: Tensors): tf.Tensor3D {
  const { transformer } = network;
  const embedded = embedFrames(network, params, param(inputs, "frames"));
  const x: tf.Tensor4D = tf.add(tf.add(embedded, param(params, "positions")), previousActions(network, params, inputs));
  const [b, t, n] = x.shape;
  const context = clipContext(transformer, causalLayout(t, t), n);
  const { tokens } = stTransformer(transformer, params, "encoder", x, context);
  // Where things are in the frame is what decides: every patch has weights of its own here.
  const read = tf.reshape(linear(params, "read", tokens), [b, t, n * network.config.readDim]);
  const features = tf.relu(linear(params, "features", read));
  return tf.reshape(features, [b, t, network.config.featureDim]);
}

/**
 * Frames [B, T, H, W, 3] in [0, 255] as tokens [B, numDecisions, N, D], before their positions are added: one for each
 * patch, with "space" attention for its place in all frames. One pass over the pixels cuts them; the layer scales them.
 */
export function embedFrames(network: PolicyNetwork, params: Params, frames_BTHWC: tf.Tensor): tf.Tensor {
  const decisions = numDecisions(network);
  const clips = { ...gridOf(network), frames: network.config.numFrames / decisions, channels: 3 };
  const patches = cutClips(clips, frames_BTHWC);
  const [, n] = patches.shape;
  const tokens = linear(params, "embed.down", tf.relu(linearOfScaled(params, "embed.up", patches, BYTES)));
  return tf.reshape(tokens, [-1, decisions, n, network.config.modelDim]);
}

/** What is known of the actions before each decision, [B, numDecisions, 1, D] for all of its tokens, or 0. */
function previousActions(network: PolicyNetwork, params: Params, inputs: Tensors): tf.Tensor {
  const { numFrames } = network.config;
  if (!network.config.previousActions || numFrames === 1) return tf.scalar(0);
  const table = param(params, "lags");
  const starts = Int32Array.from({ length: numFrames - 1 }, (_, lag) => lag * (network.numActions + 1));
  const known = embed(table, tf.add(param(inputs, "previous"), tf.tensor1d(starts, "int32")));
  const [b = 1, lags = 1, d = 1] = known.shape;
  if (numDecisions(network) === 1) return tf.reshape(tf.sum(known, 1), [b, 1, 1, d]);
  return tf.reshape(tf.concat([tf.zeros([b, 1, d]), known], 1), [b, lags + 1, 1, d]);
}

function logitsOf(params: Params, features: tf.Tensor): tf.Tensor2D {
  const logits = linear(params, "policy", features);
  return tf.reshape(logits, [-1, logits.shape.at(-1) ?? 1]);
}

/**
 * What the policy does: from `frames`, `previous` and `noise` [B, 1] to `actions` drawn at the policy's temperature and
 * likeliest `modes`, [B, 1], and the `features` [B, F] that it decided by.
 */
export function policyAct(network: PolicyNetwork): TensorFunction {
  const { head, config } = network;
  return (inputs) => {
    const all = policyFeatures(network, inputs, inputs);
    const [b, t, d] = all.shape;
    const features = tf.reshape(tf.slice(all, [0, t - 1, 0], [b, 1, d]), [b, d]);
    const logits = logitsOf(inputs, features);
    const noise: tf.Tensor2D = tf.reshape(param(inputs, "noise"), [b, 1]);
    const sharpened: tf.Tensor2D = tf.div(logits, config.temperature);
    return { actions: head.sample(inputs, sharpened, noise), modes: head.mode(logits), features };
  };
}

/** The inputs of `policyAct` for a batch of `rows`. */
export function actSignature(network: PolicyNetwork, rows: number): Signature {
  return { ...observationSignature(network, rows), noise: { shape: [rows, 1], dtype: "float32" } };
}

function observationSignature({ config, height, width }: PolicyNetwork, rows: number): Signature {
  const { numFrames } = config;
  return {
    frames: { shape: [rows, numFrames, height, width, 3], dtype: "float32" },
    ...(config.previousActions && numFrames > 1
      ? { previous: { shape: [rows, numFrames - 1], dtype: "int32" } as const }
      : {}),
  };
}

/** The inputs of the loss beside the parameters, for a batch of `rows`. */
export function lossSignature(network: PolicyNetwork, rows: number): Signature {
  const decisions = [rows, numDecisions(network)];
  return {
    ...observationSignature(network, rows),
    labels: { shape: decisions, dtype: "int32" },
    weights: { shape: decisions, dtype: "float32" },
  };
}

/** Cross-entropy of the labels in nats, weighted, over all decisions of a batch; and the share of likeliest ones. */
export function policyLoss(network: PolicyNetwork, params: Params, batch: Tensors): LossResult {
  const logits = logitsOf(params, policyFeatures(network, params, batch));
  const labels: tf.Tensor1D = tf.reshape(param(batch, "labels"), [-1]);
  const weights: tf.Tensor1D = tf.reshape(param(batch, "weights"), [-1]);
  const hits = tf.cast(tf.equal(tf.argMax(logits, 1), labels), "float32");
  const accuracy = tf.div(tf.sum(tf.mul(hits, weights)), tf.maximum(tf.sum(weights), 1e-6));
  return { loss: crossEntropy(logits, labels, weights), metrics: { accuracy }, updates: {} };
}

/** The `previous` input, where the network has one. */
export function previousInput({ config }: PolicyNetwork, previous: Int32Array): Record<string, HostTensor> {
  const lags = config.numFrames - 1;
  if (!config.previousActions || lags === 0) return {};
  return { previous: int32(previous, [previous.length / lags, lags]) };
}
