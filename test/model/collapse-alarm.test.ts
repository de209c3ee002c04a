import { expect, test } from "vitest";
import { collapseAlarm } from "../../src/model/training/collapse-alarm.ts";

const all = [0, 1, 2, 3, 4, 5, 6, 7];
const repeat = (watch: ReturnType<typeof collapseAlarm>, codes: readonly number[], times: number) =>
  Array.from({ length: times }, () => watch(codes));

test("codes that are all in use never ring", () => {
  const seen = repeat(collapseAlarm(8), all, 500);
  expect(seen.every(({ warning }) => warning === null)).toBe(true);
  expect(seen.at(-1)?.inUse).toBeCloseTo(8);
});

test("batches that show one code each, in turn, are no collapse", () => {
  const watch = collapseAlarm(8);
  const seen = Array.from({ length: 800 }, (_, i) => watch([i % 8, i % 8]));
  expect(seen.every(({ warning }) => warning === null)).toBe(true);
});

test("a collapse rings once, and again when it comes back", () => {
  const watch = collapseAlarm(8);
  const rings = (codes: readonly number[]) => repeat(watch, codes, 600).flatMap(({ warning }) => warning ?? []);
  expect(rings([3, 3, 3])).toEqual([expect.stringContaining("half of the 8 latent actions")]);
  expect(rings(all)).toEqual([]);
  expect(rings([1])).toHaveLength(1);
});
