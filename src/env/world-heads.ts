import { ConfigError } from "../core/errors.ts";
import type { WorldHeads, WorldModel } from "../model/world-model.ts";
import type { Reward, RewardModel } from "./rewards.ts";

/** How the heads' probabilities become rewards and ends. */
export type WorldHeadsOptions = {
  /** The task ends from this probability on, in (0, 1]; 0.5 unless told. */
  readonly endThreshold?: number;
  /** A step pays what is likeliest, or what is expected: the mean of all rewards by their probabilities. */
  readonly reward?: "likeliest" | "expected";
  /** Taken off where the task ends and nothing is paid, from 0 on; 0 unless told. It makes a dream teach to survive. */
  readonly deathPenalty?: number;
};

/**
 * Rewards and ends of a world by the heads that were trained beside it on labelled episodes (`genie-env train-heads`); the
 * world itself was learnt from video alone. It reads tokens, so nothing is decoded, and draws nothing at random: a saved
 * state goes on to the same rewards.
 * @throws ConfigError for a threshold outside (0, 1] or a penalty below 0; when an environment opens on a world without heads.
 */
export function worldHeads(options: WorldHeadsOptions = {}): RewardModel {
  const { endThreshold = 0.5, reward = "likeliest", deathPenalty = 0 } = options;
  if (!(endThreshold > 0 && endThreshold <= 1)) {
    throw new ConfigError(`worldHeads: endThreshold must lie in (0, 1], got ${endThreshold}`);
  }
  if (!(deathPenalty >= 0 && deathPenalty < Infinity)) {
    throw new ConfigError(`worldHeads: deathPenalty must be finite and from 0 on, got ${deathPenalty}`);
  }
  const valueOf = reward === "expected" ? expected : likeliest;
  return {
    inputs: "outlook",
    // Heads know neighbouring frames only, and a coin is seen in one.
    everyFrame: true,
    async prepare(world) {
      const { rewards } = expectHeads(world);
      const nothing = rewards.indexOf(0);
      return (outlook, numEnvs): Reward => {
        const terminated = Uint8Array.from(outlook.end, (probability) => Number(probability >= endThreshold));
        return {
          reward: Float64Array.from({ length: numEnvs }, (_, row) => {
            const probabilities = outlook.reward.subarray(row * rewards.length, (row + 1) * rewards.length);
            const isDeath = terminated[row] === 1 && (probabilities[nothing] ?? 0) > 0.5;
            return valueOf(rewards, probabilities) - (isDeath ? deathPenalty : 0);
          }),
          terminated,
        };
      };
    },
  };
}

/** @throws ConfigError for a world without heads. */
export function expectHeads({ name, heads }: WorldModel): WorldHeads {
  if (heads !== undefined) return heads;
  throw new ConfigError(
    `rewardModel: the world ${name} must have reward heads, got none - train them (genie-env train-heads --world ${name})`,
  );
}

function likeliest(rewards: readonly number[], probabilities: Float32Array): number {
  return rewards[probabilities.indexOf(Math.max(...probabilities))] ?? 0;
}

function expected(rewards: readonly number[], probabilities: Float32Array): number {
  return rewards.reduce((sum, value, i) => sum + value * (probabilities[i] ?? 0), 0);
}
