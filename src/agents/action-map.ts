import type { HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";
import type { Engine } from "../compute/engine.ts";
import { ActionDecoder, type DecoderNetwork } from "./action-decoder.ts";
import type { ActionDictionary } from "./action-dictionary.ts";

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

/** The dictionary as a map. */
export function dictionaryMap(dictionary: ActionDictionary): ActionMap {
  return {
    choose: ({ latentActions }, { rng, deterministic }) =>
      Promise.resolve(latentActions.map((latent) => dictionary.choose(latent, rng, { deterministic }))),
    close: () => {},
  };
}

/** A learnt decoder as a map; it is compiled anew for every size of batch. */
export function decoderMap(network: DecoderNetwork, params: HostTensors, engine: Engine): ActionMap {
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
