import type { Engine, Executable, PrepareOptions } from "../compute/engine.ts";
import type { Signature } from "../compute/trace.ts";
import { specsOf, type TensorSpec } from "../core/host-tensor.ts";
import { startingWith, withPrefix } from "../nn/params.ts";
import type { STTransformerConfig } from "../nn/st-transformer.ts";
import { cacheRings, frameInputs, initCache, type CacheShape } from "../nn/temporal-cache.ts";
import { positionsPerFrame } from "./dynamics-model.ts";
import type { SessionParts } from "./genie-session.ts";
import { tokenizerTransformer } from "./video-tokenizer.ts";
import { decodeStep, dynamicsRemember, dynamicsStep } from "./world-step.ts";

/** What a session runs: the first two work on one cache. */
export type SessionGraphs = {
  readonly step: Executable;
  readonly remember: Executable;
  readonly decode: Executable;
  /** What a row has of the caches: `dynamics.*` of the first two, `decoder.*` of the last; [1, ...] each. */
  readonly rowCaches: Signature;
};

/** Prepares the graphs of `numEnvs` rows; where one cannot be prepared, nothing stays open. */
export async function prepareGraphs(numEnvs: number, parts: SessionParts): Promise<SessionGraphs> {
  const opened: Executable[] = [];
  const prepare: Engine["prepare"] = async (fn, options) => {
    const graph = await parts.engine.prepare(fn, options);
    opened.push(graph);
    return graph;
  };
  try {
    return await prepareAll(numEnvs, parts, prepare);
  } catch (error) {
    for (const graph of opened) graph.close();
    throw error;
  }
}

async function prepareAll(numEnvs: number, parts: SessionParts, prepare: Engine["prepare"]): Promise<SessionGraphs> {
  const { engine, config, setup } = parts;
  const { dynamics, tokenizer } = setup;
  const shards = engine.shardsFor?.(numEnvs) ?? 1;
  const rows = numEnvs / shards;
  const action = { shape: [rows], dtype: "int32" } as const;
  const tokens = { shape: [rows, dynamics.tokensPerFrame], dtype: "int32" } as const;
  const uniforms = { shape: [rows, config.sampling.steps + 1, dynamics.tokensPerFrame], dtype: "float32" } as const;
  const common = { shards, ...dynamicsOptions(rows, parts) };
  const step = await prepare(dynamicsStep(dynamics, config.sampling), {
    ...common,
    name: "dynamics step",
    inputs: { ...common.inputs, last: tokens, action, uniforms },
  });
  const remember = await prepare(dynamicsRemember(dynamics), {
    ...common,
    name: "dynamics remember",
    inputs: { ...common.inputs, action, tokens },
    sharesStateOf: step,
  });
  const decoder = { shards, ...decoderOptions(rows, parts) };
  const decode = await prepare(decodeStep(tokenizer), {
    ...decoder,
    name: "decoder step",
    inputs: { ...decoder.inputs, tokens },
  });
  const rowCaches = { ...withPrefix("dynamics", ofOneRow(common)), ...withPrefix("decoder", ofOneRow(decoder)) };
  return { step, remember, decode, rowCaches };
}

function ofOneRow({ state = {} }: CachedOptions): Record<string, TensorSpec> {
  const specs = Object.entries(state).map(([name, { shape, dtype }]) => [name, { shape: shape.with(0, 1), dtype }]);
  return Object.fromEntries(specs);
}

type CachedOptions = Omit<PrepareOptions, "name">;

function dynamicsOptions(numEnvs: number, { config, setup, params }: SessionParts): CachedOptions {
  const { dynamics } = setup;
  const { transformer } = config.dynamics;
  const shape = { numEnvs, positions: positionsPerFrame(dynamics), window: dynamics.window };
  const constants = startingWith(params, ["dynamics."]);
  return { ...cacheOptions(transformer, shape), constants, mayApproximate: true };
}

function decoderOptions(numEnvs: number, { setup, params }: SessionParts): CachedOptions {
  const { tokenizer, dynamics } = setup;
  const transformer = tokenizerTransformer(tokenizer, "decoder");
  const shape = { numEnvs, positions: dynamics.tokensPerFrame, window: tokenizer.window };
  const constants = startingWith(params, ["tokenizer.decoder.", "tokenizer.quantizer."]);
  return { ...cacheOptions(transformer, shape), constants };
}

/** The state of a graph with a cache, and its inputs that say where the rows are. */
function cacheOptions(transformer: STTransformerConfig, shape: CacheShape): CachedOptions {
  const state = withPrefix("cache", initCache(transformer, shape));
  const inputs = specsOf(frameInputs(transformer, new Int32Array(shape.numEnvs), shape.window));
  return { state, rings: cacheRings(state), inputs };
}
