import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { ShownEpisode } from "../../src/agents/index.ts";
import { filmed, labelled, labelledByWorld } from "../../src/cli/benchmark/demonstrations.ts";
import { tasksOf } from "../../src/cli/benchmark/tasks.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { sliceFrames } from "../../src/core/frames.ts";
import "../../src/games/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The first `count` episodes that a task shows. */
async function shown(world: string, seed: number, count: number): Promise<ShownEpisode[]> {
  const [task] = tasksOf([world], { horizon: 10 });
  const episodes: ShownEpisode[] = [];
  for await (const episode of task?.demonstrate?.(seed) ?? []) if (episodes.push(episode) === count) break;
  return episodes;
}

test.each([
  ["Catch-v0", 40],
  ["Platformer-v0:easy", 3],
])("the player of %s shows how, and stumbles now and then", async (world, count) => {
  const episodes = await shown(world, 0, count);
  for (const { observations, actions, weights } of episodes) {
    expect([observations.length, weights.length]).toEqual([actions.length + 1, actions.length]);
  }
  const own = episodes.flatMap(({ weights }) => Array.from(weights));
  const share = own.filter(Boolean).length / own.length;
  expect(share).toBeGreaterThan(0.6);
  expect(share).toBeLessThan(1);
});

test("equal seeds show equal episodes", async () => {
  expect(await shown("CartPole-v1", 0, 2)).toEqual(await shown("CartPole-v1", 0, 2));
  expect(await shown("CartPole-v1", 0, 1)).not.toEqual(await shown("CartPole-v1", 1, 1));
});

test("where nobody can play there is nothing to show", async () => {
  expect(tasksOf(["Pendulum-v1"], { horizon: 10 })[0]?.demonstrate).toBeUndefined();
  const nobody = labelledByWorld({ folder: join(root, "worlds/supertux") }, 0);
  await expect(nobody.next()).rejects.toThrow(ConfigError);
});

test("a world of the platformer is shown the expert's video, by its own latent actions", async () => {
  const episodes = labelledByWorld({ folder: join(root, "worlds/platformer") }, 0);
  const { value } = await episodes.next();
  await episodes.return();
  const { observations, actions, weights } = value ?? { observations: [], actions: [], weights: [] };
  expect(observations[0]).toHaveLength(64 * 64 * 3);
  expect([observations.length, weights.length]).toEqual([actions.length + 1, actions.length]);
  expect(weights).toContain(1);
  expect(new Set(actions).size).toBeGreaterThan(1);
  expect(actions.every((action) => Number(action) >= 0 && Number(action) < 8)).toBe(true);
});

test("videos come in stretches, with the actions that somebody finds in them", async () => {
  const video = join(root, "test/fixtures/supertux-excerpt.mp4");
  const stretches = [];
  for await (const stretch of filmed(video, { height: 16, width: 16, fps: 10 }, 64)) stretches.push(stretch);
  const [whole] = stretches;
  if (whole === undefined) throw new Error("there is a video");
  const { frames } = whole;
  const labeler = {
    numActions: 2,
    inferActions: (clip: { readonly count: number }) => Promise.resolve(new Int32Array(clip.count - 1).fill(1)),
  };
  const { observations, actions, weights } = await labelled(labeler, frames);
  expect(observations).toHaveLength(frames.count);
  expect(observations[1]).toEqual(sliceFrames(frames, 1).data);
  expect(actions).toEqual(new Array(frames.count - 1).fill(1));
  expect(Array.from(weights)).toEqual(new Array(frames.count - 1).fill(1));
});
