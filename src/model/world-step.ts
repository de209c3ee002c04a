import * as tf from "@tensorflow/tfjs";
import type { TensorFunction } from "../compute/trace.ts";
import { param, underPrefix, withPrefix, type Params } from "../nn/params.ts";
import { lookUpCodes } from "../nn/quantizers.ts";
import type { STOutput } from "../nn/st-transformer.ts";
import { cachedContext, cacheSlots } from "../nn/temporal-cache.ts";
import { dynamicsForward, maskId, positionsPerFrame, tokenLogits, type DynamicsSetup } from "./dynamics-model.ts";
import { sampleMaskGIT, type LogitsOf, type MaskGITConfig, type TakeTokens } from "./maskgit.ts";
import { toFrames } from "../nn/patches.ts";
import { decodeCodes, tokenizerGrid, tokenizerTransformer, type TokenizerSetup } from "./video-tokenizer.ts";

/*
 * The graphs that play. Each runs one frame of every row behind that row's cached past. Their inputs hold the frame's age,
 * slot and rotary angles (`frameInputs`); their state is the cache; what they return for the cache is the frame's slot.
 */

/** One pass over one frame per row, tokens [B, N] that `action` [B] led to. */
function framePass(setup: DynamicsSetup, inputs: Params, tokens: tf.Tensor, take?: TakeTokens): STOutput {
  const action = param(inputs, "action");
  const shape = { positions: positionsPerFrame(setup), window: setup.window };
  const context = cachedContext(setup.config.transformer, underPrefix("cache", inputs), inputs, shape);
  const params = underPrefix("dynamics", inputs);
  return dynamicsForward(setup, params, tf.expandDims(tokens, 1), tf.expandDims(action, 1), {
    ...context,
    take: take && ((tokens_B1ND) => take(tf.squeeze(tokens_B1ND, [1]))),
  });
}

function remembered(blocks: STOutput["blocks"]): Record<string, tf.Tensor> {
  return withPrefix("cache", cacheSlots(blocks));
}

/**
 * Puts a frame into the cache: its tokens pass the network once, and their keys and values are kept.
 * Inputs: `tokens` [B, N], and `action` [B], what led to them.
 */
export function dynamicsRemember(setup: DynamicsSetup): TensorFunction {
  return (inputs) => remembered(framePass(setup, inputs, param(inputs, "tokens")).blocks);
}

/**
 * Refines the next frame from all-masked tokens, and remembers it. The past is computed once, when it is remembered; each
 * refinement step runs the tokens of the frame at hand only.
 * Inputs: `last` [B, N] int32, the tokens of the frame before; `action` [B] int32; `uniforms` [B, S + 1, N]. Outputs: `tokens` [B, N], `confidence` [B], `entropy` [B].
 */
export function dynamicsStep(setup: DynamicsSetup, sampling: MaskGITConfig): TensorFunction {
  return (inputs) => {
    const params = underPrefix("dynamics", inputs);
    const logitsOf: LogitsOf = (tokens, take) =>
      tokenLogits(setup, params, framePass(setup, inputs, tokens, take).tokens, take(param(inputs, "last")));
    const uniforms = param(inputs, "uniforms") as tf.Tensor3D;
    const frame = sampleMaskGIT(sampling, maskId(setup), uniforms, logitsOf);
    const tokens = tf.cast(frame.tokens_BN, "int32");
    return {
      ...remembered(framePass(setup, inputs, tokens).blocks),
      tokens,
      confidence: frame.confidence_B,
      entropy: frame.entropy_B,
    };
  };
}

/** Decodes one frame per row behind the frames decoded before. Input: `tokens` [B, N]. Output: `pixels` int32 [B, H, W, 3]. */
export function decodeStep(setup: TokenizerSetup): TensorFunction {
  return (inputs) => {
    const params = underPrefix("tokenizer", inputs);
    const tokens = param(inputs, "tokens");
    const [b = 1, n = 1] = tokens.shape;
    const shape = { positions: n, window: setup.window };
    const context = cachedContext(tokenizerTransformer(setup, "decoder"), underPrefix("cache", inputs), inputs, shape);
    const codes = lookUpCodes(setup.config.quantizer, params, "quantizer", tf.reshape(tokens, [b, 1, n]));
    const { patches_BTNP, blocks } = decodeCodes(setup, params, codes, context);
    const pixels = tf.cast(tf.squeeze(toFrames(tokenizerGrid(setup), patches_BTNP), [1]), "int32");
    return { ...remembered(blocks), pixels };
  };
}
