import { expect, test } from "vitest";
import { countVideos, Provenance, provenanceOf, trainedOn, withAncestor } from "../../src/model/provenance.ts";

const hash = (i: number) => i.toString(16).padStart(12, "0").repeat(6).slice(0, 64);
const recording = {
  folder: "easy",
  env: "Platformer-v0",
  player: "mixed",
  difficulty: "easy",
  levels: [0, 9999] as [number, number],
  seed: 11,
  frames: 60_000,
  videos: 0,
};

test("a recording's videos are not listed, and none of any is taken for unseen", () => {
  const names = [...Array.from({ length: 700 }, (_, i) => `easy/00${i}-level-${i}`), "other"];
  const hashes = names.map((_, i) => hash(i));
  const provenance = Provenance.parse(provenanceOf({ names, hashes, recordings: [recording] }));
  expect(provenance).toMatchObject({ videos: ["other"], recordings: [{ ...recording, videos: 700 }] });
  expect(countVideos(provenance)).toBe(701);
  expect(JSON.stringify(provenance).length).toBeLessThan(7000);
  const isSeen = trainedOn(provenance);
  for (const i of [0, 350, 700]) expect(isSeen({ name: "renamed", hash: hash(i) })).toBe(true);
  expect(isSeen({ name: "other", hash: hash(701) })).toBe(false);
});

test("a recording in the folder itself covers the names without a folder only", () => {
  const names = ["000000-level-1", "more/film"];
  expect(provenanceOf({ names, hashes: undefined, recordings: [{ ...recording, folder: "" }] })).toEqual({
    videos: ["more/film"],
    recordings: [{ ...recording, folder: "", videos: 1 }],
  });
});

test("a world that went on from another remembers the videos of both, once", () => {
  const own = provenanceOf({ names: ["b", "easy/c"], hashes: [hash(2), hash(3)], recordings: [recording] });
  const older = { videos: ["a", "b"], hashes: [hash(1), hash(2)], recordings: [{ ...recording, videos: 1 }] };
  const both = Provenance.parse(withAncestor(own, older));
  expect(both).toMatchObject({ videos: ["a", "b"], recordings: [{ ...recording, videos: 1 }] });
  const isSeen = trainedOn(both);
  for (const i of [1, 2, 3]) expect(isSeen({ name: "renamed", hash: hash(i) })).toBe(true);
  expect(isSeen({ name: "a", hash: hash(4) })).toBe(false);
  expect(withAncestor(own, undefined)).toBe(own);
});

test("older worlds know their videos by whole hashes, the oldest by name", () => {
  const old = trainedOn({ videos: ["a"], hashes: [hash(1)] });
  expect(old({ name: "b", hash: hash(1) })).toBe(true);
  expect(old({ name: "a", hash: hash(2) })).toBe(false);
  expect(trainedOn({ videos: ["a"] })({ name: "a", hash: hash(2) })).toBe(true);
  expect(trainedOn(undefined)({ name: "a", hash: hash(2) })).toBe(false);
});
