import { expect, test } from "vitest";
import { ActionClusters, ActionDictionary } from "../../src/agents/index.ts";
import { ConfigError, DataError, ShapeError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";

/** Four kinds of step around the corners of a square; two latent actions, each of two kinds: by the first number only. */
function toyVideo(length: number, seed: number) {
  const rng = new Rng(seed);
  const corners = Array.from({ length }, () => rng.integer(4));
  const around = (centre: number) => centre + 0.1 * rng.normal();
  return {
    features: corners.map((corner) => Float32Array.of(around(corner >> 1), around(corner & 1))),
    latentActions: corners.map((corner) => corner >> 1),
    actions: corners.map((corner) => [5, 2, 0, 3][corner] ?? -1),
  };
}

const share = (names: ArrayLike<number>, actions: readonly number[]) =>
  actions.filter((action, i) => action === names[i]).length / actions.length;

test("what one latent action hides is told by a label a cluster, also of video that was not seen", () => {
  const [video, other] = [toyVideo(400, 0), toyVideo(400, 1)];
  const byCode = ActionDictionary.fill(video, { numLatentActions: 2, numActions: 6 });
  expect(share(byCode.translate(video.latentActions), video.actions)).toBeLessThan(0.6);
  const clusters = ActionClusters.fit(video.features, { count: 8 }, new Rng(0));
  expect(clusters.representatives).toHaveLength(8);
  const names = clusters.representatives.map((step) => Number(video.actions[step]));
  expect([...clusters.translate(video.features, names)]).toEqual(video.actions);
  expect([...clusters.translate(other.features, names)]).toEqual(other.actions);
});

test("who stands for a cluster is the step nearest its mean, and rare steps have a label too", () => {
  const line = [0, 1, 2, 3, 4, 500, 501, 502].map((x) => Float32Array.of(x));
  const { representatives } = ActionClusters.fit(line, { count: 2 }, new Rng(0));
  expect(representatives.toSorted((a, b) => a - b)).toEqual([2, 6]);
  const crowd = [...Array.from({ length: 1000 }, (_, i) => Float32Array.of(i % 10)), Float32Array.of(100)];
  expect(ActionClusters.fit(crowd, { count: 3 }, new Rng(1)).representatives).toContain(1000);
});

test("in what unit a feature is makes no difference, and one that never varies none", () => {
  const { features } = toyVideo(200, 2);
  const scaled = features.map(([a = 0, b = 0]) => Float32Array.of(1024 * a, 7, b));
  const [plain, other] = [features, scaled].map((rows) => ActionClusters.fit(rows, { count: 12 }, new Rng(3)));
  expect(other?.representatives).toEqual(plain?.representatives);
});

test("equal streams give equal clusters, of distinct steps; another stream gives others", () => {
  const { features } = toyVideo(300, 4);
  const chosen = (seed: number) => ActionClusters.fit(features, { count: 40 }, new Rng(seed)).representatives;
  expect(chosen(0)).toEqual(chosen(0));
  expect(new Set(chosen(0)).size).toBe(40);
  expect(chosen(1)).not.toEqual(chosen(0));
});

test("steps that look the same share a label: no more are asked for than there are different ones", () => {
  const three = Array.from({ length: 30 }, (_, i) => Float32Array.of(i % 3, 1));
  const clusters = ActionClusters.fit(three, { count: 20 }, new Rng(0));
  expect(clusters.representatives).toHaveLength(3);
  const names = clusters.representatives.map((step) => step % 3);
  expect([...clusters.translate(three, names)]).toEqual(three.map(([x]) => x));
  const still = ActionClusters.fit([Float32Array.of(4), Float32Array.of(4)], { count: 2 }, new Rng(0));
  expect([...still.translate([Float32Array.of(9)], [6])]).toEqual([6]);
});

test("misuse is refused and says why", () => {
  const rows = [Float32Array.of(1, 2), Float32Array.of(3, 4)];
  for (const count of [0, 3, 1.5, Number.NaN]) {
    expect(() => ActionClusters.fit(rows, { count }, new Rng(0))).toThrow(ConfigError);
  }
  expect(() => ActionClusters.fit(rows, { count: 3 }, new Rng(0))).toThrow(/count must be .* 1 to 2.*got 3/);
  expect(() => ActionClusters.fit([...rows, Float32Array.of(1)], { count: 1 }, new Rng(0))).toThrow(ShapeError);
  expect(() => ActionClusters.fit([Float32Array.of(1, Number.NaN)], { count: 1 }, new Rng(0))).toThrow(DataError);
  const clusters = ActionClusters.fit(rows, { count: 2 }, new Rng(0));
  expect(() => clusters.translate(rows, [1])).toThrow(/2 representatives must have a name, got 1/);
  expect(() => clusters.translate([Float32Array.of(1)], [1, 2])).toThrow(ShapeError);
});
