import { evaluate, type Actor } from "../../agents/index.ts";
import type { AnyVectorEnv } from "../../env/index.ts";
import { mean } from "../../metrics/mean.ts";

/** Most games side by side. */
export const MAX_ENVS = 20;

/** Who is put to the test, and how. */
export type TestOptions = { readonly episodes: number; readonly seed: number; readonly deterministic: boolean };

/** Plays test levels in `envs`: every agent of a seed the same ones. */
export async function playTestLevels(
  actor: Actor,
  envs: AnyVectorEnv,
  { episodes, seed, deterministic }: TestOptions,
): Promise<{ readonly solved: (0 | 1)[]; readonly meanLength: number }> {
  const played = await evaluate(actor, envs, { episodes, seed: (seed + 1) * 1_000_000, deterministic });
  return {
    solved: played.map((episode) => (episode.return > 0 ? 1 : 0)),
    meanLength: mean(played.map(({ length }) => length)),
  };
}
