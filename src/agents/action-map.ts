import { z } from "zod";
import { CheckpointError } from "../core/errors.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";
import type { Engine } from "../compute/engine.ts";
import { Discrete } from "../env/index.ts";
import { findMismatch } from "../nn/params.ts";
import { ActionDecoder, decoderParams, type DecoderNetwork } from "./action-decoder.ts";
import { ActionDictionary, DictionaryJSON } from "./action-dictionary.ts";
import { actionHead } from "./action-head.ts";

/** A map as a checkpoint's JSON holds it; a decoder's parameters lie beside it. */
export const MapRecord = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("dictionary"), dictionary: DictionaryJSON }),
  z.strictObject({ kind: z.literal("decoder"), numActions: z.int().min(2) }),
]);
export type MapRecord = z.infer<typeof MapRecord>;

/** What a map has to do with the policy: the width of its features, and how many latent actions there are. */
export type MapSizes = { readonly featureWidth: number; readonly numLatentActions: number };

/** What a policy decided: latent actions [B], and the features [B, D] that it did so by. */
export type Decided = { readonly latentActions: Int32Array; readonly features: Float32Array };

/** How a map chooses. */
export type ChooseOptions = { readonly rng: Rng; readonly deterministic: boolean };

/** From latent to real actions. */
export interface ActionMap {
  /** Real actions int32 [B]. */
  choose(decided: Decided, options: ChooseOptions): Promise<Int32Array>;
  close(): void;
}

/** The decoder's network of a policy of these sizes. */
export function decoderNetwork(sizes: MapSizes, numActions: number): DecoderNetwork {
  return { ...sizes, head: actionHead(new Discrete(numActions)) };
}

/** The map of a record. @throws CheckpointError, which begins with `where`, for one that does not fit the policy. */
export function openMap(
  record: MapRecord,
  params: HostTensors,
  { sizes, engine, where }: { readonly sizes: MapSizes; readonly engine: Engine; readonly where: string },
): ActionMap {
  if (record.kind === "dictionary") return openDictionary(record.dictionary, sizes, where);
  const network = decoderNetwork(sizes, record.numActions);
  const mismatch = findMismatch(decoderParams(network), params);
  if (mismatch === null) return decoderMap(network, params, engine);
  throw new CheckpointError(`${where}: decoder: ${mismatch}`);
}

function openDictionary(json: DictionaryJSON, { numLatentActions }: MapSizes, where: string): ActionMap {
  const dictionary = ActionDictionary.fromJSON(json);
  if (dictionary.numLatentActions === numLatentActions) return dictionaryMap(dictionary);
  throw new CheckpointError(
    `${where}: dictionary must have an entry for each of ${numLatentActions} latent actions, got ${dictionary.numLatentActions}`,
  );
}

/** The dictionary as a map. */
function dictionaryMap(dictionary: ActionDictionary): ActionMap {
  return {
    choose: ({ latentActions }, { rng, deterministic }) =>
      Promise.resolve(latentActions.map((latent) => dictionary.choose(latent, rng, { deterministic }))),
    close: () => {},
  };
}

/** A learnt decoder as a map; it is compiled anew for every size of batch. */
function decoderMap(network: DecoderNetwork, params: HostTensors, engine: Engine): ActionMap {
  const decoders = new Map<number, Promise<ActionDecoder>>();
  const decoderFor = (rows: number): Promise<ActionDecoder> => {
    const known = decoders.get(rows) ?? ActionDecoder.prepare(network, params, engine, rows);
    decoders.set(rows, known);
    return known;
  };
  return {
    choose: async ({ latentActions, features }, { rng, deterministic }) => {
      const rows = latentActions.length;
      const decoder = await decoderFor(rows);
      const noise = deterministic ? new Float32Array(rows) : network.head.noise(rng, rows);
      const { actions, modes } = await decoder.decide(features, latentActions, noise);
      return Int32Array.from(deterministic ? modes : actions);
    },
    close: () => {
      for (const decoder of decoders.values()) void decoder.then((ready) => ready.close());
    },
  };
}
