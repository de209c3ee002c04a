import * as tf from "@tensorflow/tfjs";
import type { TensorFunction } from "../compute/trace.ts";
import { param, underPrefix, withPrefix, type Params } from "../nn/params.ts";
import { lookUpCodes } from "../nn/quantizers.ts";
import type { Rotary } from "../nn/rotary.ts";
import { appendToCache, cachedContext, whereActive, type CacheShape } from "../nn/temporal-cache.ts";
import { dynamicsForward, maskId, positionsPerFrame, tokenLogits, type DynamicsSetup } from "./dynamics-model.ts";
import { sampleMaskGIT, type MaskGITConfig } from "./maskgit.ts";
import { toFrames } from "./patches.ts";
import { decodeCodes, tokenizerGrid, tokenizerTransformer, type TokenizerSetup } from "./video-tokenizer.ts";

/** Rotary angles of the frame at hand, from the inputs `<name>.cos` and `<name>.sin` [B, E/2]. */
function rotaryInput(inputs: Params, name: string): Rotary {
  return { cos: param(inputs, `${name}.cos`), sin: param(inputs, `${name}.sin`) };
}

function dynamicsCacheShape(setup: DynamicsSetup): Omit<CacheShape, "numEnvs"> {
  return { positions: positionsPerFrame(setup), window: setup.window };
}

/** One pass over one frame per row, tokens [B, N] that action [B] led to, behind the cached past. */
function framePass(
  setup: DynamicsSetup,
  params: Params,
  cache: Params,
  rotary: Rotary,
  tokens: tf.Tensor,
  led: tf.Tensor,
) {
  const context = cachedContext(setup.config.transformer, cache, rotary, dynamicsCacheShape(setup));
  return dynamicsForward(setup, params, tf.expandDims(tokens, 1), tf.expandDims(led, 1), context);
}

/**
 * The frame that a row is at becomes past: its final tokens pass the network once and their keys and values are kept.
 * State: `tokens` [B, N], `led` [B] (the action that led to it), the cache. Inputs: rotary angles `last`.
 */
function remember(
  setup: DynamicsSetup,
  params: Params,
  inputs: Params,
  active_B?: tf.Tensor,
): Record<string, tf.Tensor> {
  const cache = underPrefix("cache", inputs);
  const tokens = param(inputs, "tokens");
  const { blocks } = framePass(setup, params, cache, rotaryInput(inputs, "last"), tokens, param(inputs, "led"));
  return appendToCache(cache, blocks, setup.window, active_B);
}

/**
 * One step of all rows: remember the frame they are at, then refine the next one from all-masked tokens. The past is
 * computed once; each refinement step runs the current frame's tokens only.
 * Inputs: `action` [B] int32, `uniforms` [B, S + 1, N], rotary angles `last` and `next`. State: see `remember`.
 */
export function dynamicsStep(setup: DynamicsSetup, sampling: MaskGITConfig): TensorFunction {
  return (inputs) => {
    const params = underPrefix("dynamics", inputs);
    const cache = remember(setup, params, inputs);
    const action = param(inputs, "action");
    const rotary = rotaryInput(inputs, "next");
    const hiddenOf = (tokens: tf.Tensor) =>
      tf.squeeze(framePass(setup, params, cache, rotary, tokens, action).hidden_BTND, [1]);
    const logitsOf = (hidden: tf.Tensor) => tokenLogits(params, hidden);
    const uniforms = param(inputs, "uniforms") as tf.Tensor3D;
    const frame = sampleMaskGIT(sampling, maskId(setup), uniforms, hiddenOf, logitsOf);
    return {
      tokens: tf.cast(frame.tokens_BN, "int32"),
      led: action,
      ...withPrefix("cache", cache),
      confidence: frame.confidence_B,
      entropy: frame.entropy_B,
      sampled: tf.cast(frame.tokens_BN, "int32"),
    };
  };
}

/**
 * Prompt frames of rows that start with more than one: remembers their current frame in rows where `active` [B] (bool)
 * says so, and puts `prompt` [B, N], which `action` [B] led to, in its place.
 */
export function dynamicsPrime(setup: DynamicsSetup): TensorFunction {
  return (inputs) => {
    const params = underPrefix("dynamics", inputs);
    const active = param(inputs, "active");
    const cache = remember(setup, params, inputs, active);
    const next = { tokens: param(inputs, "prompt"), led: param(inputs, "action") };
    const current = whereActive(active, next, inputs);
    return { ...current, ...withPrefix("cache", cache) };
  };
}

/**
 * Decodes one frame per row, tokens [B, N], behind the frames decoded before. Inputs: `tokens`, rotary angles `next`, and
 * `active` [B] (bool) where `isPartial`. Output: `pixels` int32 [B, H, W, 3]. State: the decoder's cache.
 */
export function decodeStep(setup: TokenizerSetup, isPartial: boolean): TensorFunction {
  return (inputs) => {
    const params = underPrefix("tokenizer", inputs);
    const cache = underPrefix("cache", inputs);
    const tokens = param(inputs, "tokens");
    const [b = 1, n = 1] = tokens.shape;
    const shape = { positions: n, window: setup.window };
    const context = cachedContext(tokenizerTransformer(setup, "decoder"), cache, rotaryInput(inputs, "next"), shape);
    const codes = lookUpCodes(setup.config.quantizer, params, "quantizer", tf.reshape(tokens, [b, 1, n]));
    const { patches_BTNP, blocks } = decodeCodes(setup, params, codes, context);
    const next = appendToCache(cache, blocks, setup.window, isPartial ? param(inputs, "active") : undefined);
    const pixels = tf.cast(tf.squeeze(toFrames(tokenizerGrid(setup), patches_BTNP), [1]), "int32");
    return { pixels, ...withPrefix("cache", next) };
  };
}
