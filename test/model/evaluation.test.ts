import { afterAll, expect, test } from "vitest";
import type { Frames } from "../../src/core/frames.ts";
import { Rng } from "../../src/core/rng.ts";
import { CONTEXT, evaluateWorld, HORIZON, type EvaluationClip } from "../../src/model/evaluation.ts";
import { tinyGenie, tinyWorld } from "./tiny-genie.ts";

const length = CONTEXT + HORIZON;

function noise(seed: number): Frames {
  const data = Uint8Array.from(new Rng(seed).uniforms(length * 16 * 16 * 3), (u) => u * 256);
  return { data, count: length, height: 16, width: 16 };
}

const clips = [0, 1, 2, 3].map((seed) => ({ frames: noise(seed) }));

const world = tinyWorld(tinyGenie());
afterAll(() => world.close());

const evaluate = (given: readonly EvaluationClip[]) => evaluateWorld(world, given, { seed: 1 });

test("keys that end inside a clip are paired as far as they go; without any, there is no mutual information", async () => {
  const names = Array.from({ length }, (_, t) => (t % 2 ? "left" : "right"));
  const keys = [names, names.slice(0, 5), [], undefined];
  const { actions } = await evaluate(clips.map(({ frames }, i) => ({ frames, keys: keys[i] })));
  expect(actions.nmi).toBeGreaterThanOrEqual(0);
  expect(actions.nmi).toBeLessThanOrEqual(1);
  expect((await evaluate(clips)).actions.nmi).toBeNull();
});

test("the interval of control is over videos; the clips of a single one stand for themselves", async () => {
  const intervals = async (...videos: readonly (string | undefined)[]) =>
    (await evaluate(clips.map(({ frames }, i) => ({ frames, video: videos[i] })))).control;
  const alone = await intervals();
  expect(await intervals("a", "b", "c", "d")).toEqual(alone);
  expect(await intervals("a", "a", "a", "a")).toEqual(alone);
  const paired = await intervals("a", "a", "b", "b");
  expect(paired.deltaPsnr4).toBeCloseTo(alone.deltaPsnr4, 10);
  expect(paired.ci95).not.toEqual(alone.ci95);
});
