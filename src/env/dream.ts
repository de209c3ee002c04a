import { ConfigError } from "../core/errors.ts";
import type { Look } from "../model/world-model.ts";
import type { Episodes } from "./episodes.ts";
import type { Played } from "./genie-player.ts";

/**
 * A roll-out of T steps of B rows that was played in one go and read once, at its end. A row that ends within it dreams on,
 * and earns nothing any more.
 */
export type Dream = {
  /** int32 [T, B, N]. */
  readonly tokens: Int32Array;
  /** uint8 [T, B, H, W, 3]; where the environment observes pixels only. */
  readonly pixels?: Uint8Array;
  /** Mean probability that the model gave to the tokens it chose, float32 [T, B]. */
  readonly confidence: Float32Array;
  /** Mean entropy of the tokens' distributions in nats, float32 [T, B]. */
  readonly entropy: Float32Array;
  /** float64 [T, B]. */
  readonly rewards: Float64Array;
  /** 1 at the step that ended a row's task, or cut it by the horizon; uint8 [T, B]. */
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
};

/**
 * What was played as a dream, with pixels where it is looked at for them. `episodes` moves on by as many steps, and rows that
 * ended have ended.
 */
export function toDream(played: readonly Played[], look: Look, episodes: Episodes, horizon: number): Dream {
  const { tokens, confidence, entropy, pixels } = joinedFrames(played);
  const before = episodes.getState();
  const numEnvs = before.length;
  const size = played.length * numEnvs;
  const [rewards, terminated, truncated] = [new Float64Array(size), new Uint8Array(size), new Uint8Array(size)];
  for (const [row, { steps }] of before.entries()) {
    let hasEnded = false;
    for (const [t, { earned }] of played.entries()) {
      if (hasEnded) break;
      const at = t * numEnvs + row;
      rewards[at] = earned.reward[row] ?? 0;
      terminated[at] = earned.terminated[row] ?? 0;
      truncated[at] = Number(steps + t + 1 >= horizon);
      hasEnded = terminated[at] === 1 || truncated[at] === 1;
    }
    episodes.setState(row, { phase: hasEnded ? "ended" : "running", steps: steps + played.length });
  }
  return { tokens, confidence, entropy, rewards, terminated, truncated, ...(look.pixels && { pixels }) };
}

function joinedFrames(played: readonly Played[]) {
  const frames = played.map(({ seen }) => seen ?? {});
  return {
    tokens: joined(
      Int32Array,
      frames.map(({ tokens }) => tokens),
    ),
    pixels: joined(
      Uint8Array,
      frames.map(({ pixels }) => pixels),
    ),
    confidence: joined(
      Float32Array,
      frames.map(({ confidence }) => confidence),
    ),
    entropy: joined(
      Float32Array,
      frames.map(({ entropy }) => entropy),
    ),
  };
}

type Numbers = ArrayLike<number> & { set(part: ArrayLike<number>, start: number): void };

/** Arrays one behind the other; those that are missing take no place. */
function joined<T extends Numbers>(Kind: new (length: number) => T, parts: readonly (T | undefined)[]): T {
  const whole = new Kind(parts.reduce((sum, part) => sum + (part?.length ?? 0), 0));
  let start = 0;
  for (const part of parts) {
    if (!part) continue;
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

/** @throws ConfigError unless there is a step to play. */
export function expectPlan(plan: unknown): void {
  if (Array.isArray(plan) && plan.length > 0) return;
  throw new ConfigError("imagine: a list of at least one step's actions is needed, got none - pass [actions, …]");
}
