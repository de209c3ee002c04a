import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DOCUMENT, ITEMS, testsByItem, withTable } from "../../scripts/contract-table.ts";

test("the table of Gymnasium's contract says where each item is tested: npm run docs:contract", () => {
  const document = readFileSync(DOCUMENT, "utf8");
  expect(document).toBe(withTable(document));
});

test("every item is tested, or says why not; no test names an item that does not exist", () => {
  const tests = testsByItem();
  expect(ITEMS.filter(({ id, leftOut }) => !tests.has(id) && leftOut === undefined).map(({ id }) => id)).toEqual([]);
  const ids = new Set(ITEMS.map(({ id }) => id));
  expect([...tests.keys()].filter((id) => !ids.has(id))).toEqual([]);
});

test("an item that nobody tests is said to be missing", () => {
  const missing = withTable("<!-- contract --><!-- /contract -->", new Map());
  expect(missing).toContain("**missing**");
  expect(missing).toContain("0 of 97 items are tested.");
});
