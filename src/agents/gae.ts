/** One rollout as the advantage estimate sees it, row-major [T, B]: T steps of B environments. */
export type Trajectory = {
  readonly numEnvs: number;
  /** The reward that followed each observation. */
  readonly rewards: Float32Array;
  /** The critic's value of each observation, and of those after the last step: [T + 1, B]. */
  readonly values: Float32Array;
  /** 1 where the step ended an episode, terminated or truncated. */
  readonly ended: Uint8Array;
  /** Where the step ended an episode: the value of the observation that it ended with, 0 if the task itself ended. */
  readonly finalValues: Float32Array;
};

/** The discount of rewards and the decay of GAE, both in [0, 1]. */
export type Discounts = { readonly gamma: number; readonly gaeLambda: number };

/**
 * Generalised advantage estimation (Schulman et al. 2016): advantages and returns (advantage plus value), float32 [T, B].
 * An episode that a time limit cut goes on in the value of its last observation; one that terminated is worth nothing
 * from there on. No estimate looks across the end of an episode.
 */
export function gae(
  trajectory: Trajectory,
  { gamma, gaeLambda }: Discounts,
): Record<"advantages" | "returns", Float32Array> {
  const { numEnvs, rewards, values, ended, finalValues } = trajectory;
  const advantages = new Float32Array(rewards.length);
  for (let i = rewards.length - 1; i >= 0; i--) {
    const isLast = ended[i] === 1;
    const nextValue = Number(isLast ? finalValues[i] : values[i + numEnvs]);
    const nextAdvantage = isLast || i + numEnvs >= rewards.length ? 0 : Number(advantages[i + numEnvs]);
    const delta = Number(rewards[i]) + gamma * nextValue - Number(values[i]);
    advantages[i] = delta + gamma * gaeLambda * nextAdvantage;
  }
  return { advantages, returns: advantages.map((advantage, i) => advantage + Number(values[i])) };
}
