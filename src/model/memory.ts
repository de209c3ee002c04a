import { totalmem } from "node:os";
import { ConfigError } from "../core/errors.ts";
import { countParameters, startingWith } from "../nn/params.ts";
import { headDimOf, type STTransformerConfig } from "../nn/st-transformer.ts";
import type { CacheShape } from "../nn/temporal-cache.ts";
import { positionsPerFrame } from "./dynamics-model.ts";
import { genieParams, setupGenie, type GenieConfig, type GenieSetup } from "./genie.ts";
import { tokenizerTransformer } from "./video-tokenizer.ts";

/** Bytes that a world and its environments hold for as long as they are open. */
export type MemoryEstimate = {
  /** Node, ONNX Runtime, and what is as large whatever the world is. */
  readonly process: number;
  /** The world's parameters. */
  readonly parameters: number;
  /** One thread's graphs, with their parameters, and what the runtime needs to run them. */
  readonly perThread: number;
  /** Temporal caches of the dynamics model and of the decoder. */
  readonly cachesPerEnv: number;
  /** What a step computes on its way. */
  readonly workPerEnv: number;
  /** What opening the environments adds to an open world. */
  readonly environments: number;
  readonly total: number;
};

const BYTES_PER_NUMBER = 4;
/** Measured on Linux x64 with Node 20, as all constants here: `npm run bench:memory` compares. */
const PROCESS = 170e6;
const THREAD = 130e6;
/**
 * What ONNX Runtime's arena holds of one row, in arrays of numbers for each of a frame's tokens: as wide as a feed-forward
 * layer, as wide as the vocabulary, and as wide as that once more for each further refinement step.
 */
const HIDDEN_ARRAYS = 54;
const LOGIT_ARRAYS = 5;
const LOGIT_ARRAYS_PER_STEP = 2;

/**
 * Estimates the memory of `numEnvs` environments whose rows `threads` threads share:
 * process + parameters + threads x perThread + numEnvs x (cachesPerEnv + workPerEnv).
 */
export function estimateMemory(config: GenieConfig, numEnvs: number, threads = 1): MemoryEstimate {
  const setup = setupGenie(config);
  const params = genieParams(setup);
  const bytes = (prefix: string) => BYTES_PER_NUMBER * countParameters(startingWith(params, [prefix]));
  const parameters = BYTES_PER_NUMBER * countParameters(params);
  // Two graphs have the dynamics model's parameters: one steps, one remembers.
  const perThread = THREAD + 2 * bytes("dynamics.") + bytes("tokenizer.decoder.");
  const [cachesPerEnv, workPerEnv] = [cacheBytes(config, setup), workBytes(config, setup)];
  const environments = threads * perThread + numEnvs * (cachesPerEnv + workPerEnv);
  const total = PROCESS + parameters + environments;
  return { process: PROCESS, parameters, perThread, cachesPerEnv, workPerEnv, environments, total };
}

function cacheBytes(config: GenieConfig, { dynamics, tokenizer }: GenieSetup): number {
  const { window, tokensPerFrame } = dynamics;
  const decoder = tokenizerTransformer(tokenizer, "decoder");
  return (
    BYTES_PER_NUMBER *
    (cacheSize(config.dynamics.transformer, { positions: positionsPerFrame(dynamics), window }) +
      cacheSize(decoder, { positions: tokensPerFrame, window }))
  );
}

/** The numbers in one row of the cache that `initCache` makes: keys and values of past frames per block. */
function cacheSize(config: STTransformerConfig, { positions, window }: Omit<CacheShape, "numEnvs">): number {
  if (config.attention === "space") return 0;
  return config.numBlocks * 2 * positions * (window - 1) * config.numHeads * headDimOf(config);
}

function workBytes({ dynamics: { transformer }, sampling }: GenieConfig, { dynamics }: GenieSetup): number {
  const { modelDim, feedForwardDim = 4 * modelDim } = transformer;
  const { tokensPerFrame, vocabularySize } = dynamics;
  const logitArrays = LOGIT_ARRAYS + LOGIT_ARRAYS_PER_STEP * (sampling.steps - 1);
  return BYTES_PER_NUMBER * tokensPerFrame * (HIDDEN_ARRAYS * feedForwardDim + logitArrays * vocabularySize);
}

/** How many threads share a batch of so many rows. */
export type ThreadsFor = (numEnvs: number) => number;

/** The most environments whose opening takes at most `limit` bytes; 0 when not even one does. At most `numEnvs`. */
export function largestBatch(config: GenieConfig, limit: number, numEnvs: number, threadsFor: ThreadsFor): number {
  const { cachesPerEnv, workPerEnv, perThread } = estimateMemory(config, 1);
  const perEnv = cachesPerEnv + workPerEnv;
  // As if no thread took any: too many by a few, which the loop takes back.
  let count = Math.min(numEnvs, Math.floor(limit / perEnv));
  while (count > 0 && threadsFor(count) * perThread + count * perEnv > limit) count--;
  return count;
}

/**
 * Bytes that a process may still take: what Linux says is available, in the process's control group too. Elsewhere the
 * free memory does not count what the system would give back, so it is all that the machine has.
 */
export function freeMemory(): number {
  return process.platform === "linux" ? process.availableMemory() : totalmem();
}

/** @throws ConfigError when opening `numEnvs` environments takes more than `limit` bytes; it names the most that fit. */
export function expectMemory(config: GenieConfig, numEnvs: number, limit: number, threadsFor: ThreadsFor): void {
  const { environments } = estimateMemory(config, numEnvs, threadsFor(numEnvs));
  if (environments <= limit) return;
  const most = largestBatch(config, limit, numEnvs, threadsFor);
  const { environments: one } = estimateMemory(config, 1, threadsFor(1));
  const remedy =
    most === 0
      ? `not even one fits, which needs ${bytesText(one)}: give a larger memoryLimit`
      : `open at most ${most}, or give a larger memoryLimit`;
  throw new ConfigError(
    `numEnvs: ${numEnvs} environment${numEnvs === 1 ? "" : "s"} must fit into ${bytesText(limit)} of memory, got a need of ` +
      `${bytesText(environments)} - ${remedy}`,
  );
}

/** So many bytes for people: from a gigabyte on in gigabytes, below that in megabytes. */
export function bytesText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(2)} MB`;
}
