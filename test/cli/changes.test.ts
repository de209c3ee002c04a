import { expect, test } from "vitest";
import { merge, parseChanges } from "../../src/cli/changes.ts";

test("changes are nested by their path; values are JSON, or text where they are not", () => {
  const changes = parseChanges(["a.b.c=1", "a.b.d=[2,3]", "a.e=x=y", "b.f=null"], ["a", "b"]);
  expect(changes).toEqual({ a: { b: { c: 1, d: [2, 3] }, e: "x=y" }, b: { f: null } });
});

test("the last of two changes of one option counts", () => {
  expect(parseChanges(["a.b=1", "a.b=2"], ["a"])).toEqual({ a: { b: 2 } });
});

test.each(["b.c=1", "a=1", "a.b", "=1", ""])("%j names no option of a section, and is refused", (pair) => {
  expect(() => parseChanges([pair], ["a"])).toThrow(`--set: must be (a).OPTION=VALUE, got ${pair}`);
});

test("plain objects are merged key by key, and anything else is replaced", () => {
  const base = { a: { b: 1, c: [1, 2] }, d: 2 };
  expect(merge(base, { a: { c: [3] }, d: { e: 4 } })).toEqual({ a: { b: 1, c: [3] }, d: { e: 4 } });
  expect(base).toEqual({ a: { b: 1, c: [1, 2] }, d: 2 });
});
