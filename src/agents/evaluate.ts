import { ConfigError } from "../core/errors.ts";
import type { AnyVectorEnv } from "../env/index.ts";
import type { EpisodeResult } from "./rollout.ts";

/** Whatever chooses actions for a batch of observations. */
export type Actor = {
  /** `starts`: 1 for rows whose episode begins with this observation, [B]; for agents that remember. */
  act(obs: unknown, options?: { readonly deterministic?: boolean; readonly starts?: Uint8Array }): unknown;
};

/** How to evaluate. */
export type EvaluateOptions = {
  readonly episodes: number;
  /** Row `i` starts from seed + i. */
  readonly seed: number;
  /** Take the likeliest actions. Default true. */
  readonly deterministic?: boolean;
};

/**
 * Plays whole episodes, so many in each row as were shared out beforehand: taking the first that end would favour short
 * ones. Resets the environments. Results are in order of the rows.
 * @throws ConfigError unless `episodes` is a positive integer and rows start anew by themselves.
 */
export async function evaluate(
  agent: Actor,
  envs: AnyVectorEnv,
  { episodes, seed, deterministic = true }: EvaluateOptions,
): Promise<readonly EpisodeResult[]> {
  expectEvaluable(envs, episodes);
  const { numEnvs } = envs;
  const isNextStep = envs.metadata.autoresetMode === "NextStep";
  const rows = Array.from({ length: numEnvs }, (_, row) => ({
    left: Math.floor((episodes + row) / numEnvs),
    results: new Array<EpisodeResult>(),
    return: 0,
    length: 0,
    isResetting: false,
  }));
  let [obs] = await envs.reset({ seed });
  let starts = new Uint8Array(numEnvs).fill(1);
  while (rows.some(({ left }) => left > 0)) {
    const [next, rewards, terminated, truncated] = await envs.step(await agent.act(obs, { deterministic, starts }));
    obs = next;
    starts = new Uint8Array(numEnvs);
    for (const [i, row] of rows.entries()) {
      const hasEnded = terminated[i] === 1 || truncated[i] === 1;
      starts[i] = Number(isNextStep ? row.isResetting : hasEnded);
      if (!row.isResetting) {
        row.return += Number(rewards[i]);
        row.length += 1;
      }
      row.isResetting = hasEnded && isNextStep;
      if (!hasEnded) continue;
      if (row.left > 0) row.results.push({ return: row.return, length: row.length });
      Object.assign(row, { left: row.left - 1, return: 0, length: 0 });
    }
  }
  return rows.flatMap(({ results }) => results);
}

function expectEvaluable({ metadata }: AnyVectorEnv, episodes: number): void {
  if (!Number.isSafeInteger(episodes) || episodes < 1) {
    throw new ConfigError(`evaluate: episodes must be a positive integer, got ${episodes}`);
  }
  if (metadata.autoresetMode === "Disabled") {
    throw new ConfigError('evaluate: autoresetMode must be "NextStep" or "SameStep", got "Disabled"');
  }
}
