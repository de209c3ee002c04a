import type { HostTensors } from "../core/host-tensor.ts";
import type { Params } from "../nn/params.ts";
import { actorParams } from "./actor-critic.ts";

const PREFIX = "anchor.";

/**
 * A copy, under names of its own, of the policy that learning begins with. PPO is held near it, so that rewards improve
 * what was imitated and do not wash it out while the critic knows nothing (Schmitt et al. 2018, "Kickstarting deep
 * reinforcement learning"; Baker et al. 2022, VPT, appendix G). The critic has no part in it.
 */
export function anchorOf(params: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(actorParams(params)).map(([name, tensor]) => [PREFIX + name, tensor]));
}

/** Whether a tensor of an agent's state belongs to its anchor. */
export function isAnchor(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** The anchor's parameters by the names that a network calls them. */
export function anchorParams(state: Params): Params {
  const entries = Object.entries(state).filter(([name]) => isAnchor(name));
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(PREFIX.length), tensor]));
}
