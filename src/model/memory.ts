import { countParameters } from "../nn/params.ts";
import { headDimOf, type STTransformerConfig } from "../nn/st-transformer.ts";
import type { CacheShape } from "../nn/temporal-cache.ts";
import { positionsPerFrame } from "./dynamics-model.ts";
import { genieParams, setupGenie, type GenieConfig } from "./genie.ts";
import { tokenizerTransformer } from "./video-tokenizer.ts";

/** Bytes that a world and its environments hold for as long as they are open. */
export type MemoryEstimate = {
  readonly parameters: number;
  readonly cachesPerEnv: number;
  readonly total: number;
};

const BYTES_PER_NUMBER = 4;
/** The world keeps its parameters, and the engine has them in its graphs. */
const PARAMETER_COPIES = 2;

/**
 * Estimates the memory of `numEnvs` environments: 4 bytes x (2 x parameters + numEnvs x numbers in the temporal caches
 * of the dynamics model and of the decoder). A lower bound: Node with ONNX Runtime comes on top (250 MB on Linux x64), and
 * what a step computes on its way, which grows with numEnvs too.
 */
export function estimateMemory(config: GenieConfig, numEnvs: number): MemoryEstimate {
  const setup = setupGenie(config);
  const { dynamics, tokenizer } = setup;
  const parameters = BYTES_PER_NUMBER * PARAMETER_COPIES * countParameters(genieParams(setup));
  const numbers =
    cacheSize(config.dynamics.transformer, { positions: positionsPerFrame(dynamics), window: dynamics.window }) +
    cacheSize(tokenizerTransformer(tokenizer, "decoder"), {
      positions: dynamics.tokensPerFrame,
      window: dynamics.window,
    });
  const cachesPerEnv = BYTES_PER_NUMBER * numbers;
  return { parameters, cachesPerEnv, total: parameters + numEnvs * cachesPerEnv };
}

/** The numbers in one row of the cache that `initCache` makes: keys and values of past frames per block. */
function cacheSize(config: STTransformerConfig, { positions, window }: Omit<CacheShape, "numEnvs">): number {
  if (config.attention === "space") return 0;
  return config.numBlocks * 2 * positions * (window - 1) * config.numHeads * headDimOf(config);
}
