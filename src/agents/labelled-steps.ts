import { z } from "zod";
import { ConfigError, DataError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import type { PolicyNetwork } from "./bc-network.ts";
import type { LabelledStep, MapOptions } from "./bc-types.ts";
import { expectDemonstration, type Demonstration } from "./demonstrations.ts";

const MapConfig = z.strictObject({
  numActions: z.int().min(2).describe("how many real actions there are"),
  kind: z.enum(["dictionary", "decoder"]).default("dictionary"),
});

/** What a map learns from: the episodes, and of N labelled steps the latent and the real action, each [N]. */
export type Labels = z.infer<typeof MapConfig> & {
  readonly episodes: readonly Demonstration[];
  readonly latentActions: Int32Array;
  readonly actions: Int32Array;
};

/**
 * Labelled steps, checked: each a step of its episode with an action that there is.
 * @throws ConfigError for no label, or options that break a rule; ShapeError or DataError for an episode that is no
 * demonstration; DataError for a step that its episode does not have, or an action out of range.
 */
export function readLabels(network: PolicyNetwork, labels: readonly LabelledStep[], options: MapOptions): Labels {
  const { numActions, kind } = parseOptions(MapConfig, options, "mapActions");
  if (labels.length === 0) throw new ConfigError("mapActions: one labelled step is needed, got none");
  const episodes = [...new Set(labels.map(({ episode }) => episode))];
  for (const episode of episodes) expectDemonstration(network, episode);
  for (const { episode, at, action } of labels) {
    expectIndex("at", at, episode.actions.length);
    expectIndex("action", action, numActions);
  }
  return {
    numActions,
    kind,
    episodes,
    latentActions: Int32Array.from(labels, ({ episode, at }) => Number(episode.actions[at])),
    actions: Int32Array.from(labels, ({ action }) => action),
  };
}

function expectIndex(name: string, value: number, length: number): void {
  if (Number.isInteger(value) && value >= 0 && value < length) return;
  throw new DataError(`mapActions: ${name} of a label must be an integer in [0, ${length}), got ${value}`);
}
