import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DOCUMENT, ITEMS, testsByItem, verdictsIn, verdictsOf, withTable } from "../../scripts/contract-table.ts";

test("the table of Gymnasium's contract says where each item is tested: npm run docs:contract", () => {
  const document = readFileSync(DOCUMENT, "utf8");
  expect(document).toBe(withTable(document, verdictsIn(document)));
});

test("every item that is tested was seen to pass", () => {
  const verdicts = verdictsIn(readFileSync(DOCUMENT, "utf8"));
  const tested = [...testsByItem().keys()];
  expect(tested.filter((id) => !verdicts.get(id)?.startsWith("passes"))).toEqual([]);
});

test("every item is tested, or says why not; no test names an item that does not exist", () => {
  const tests = testsByItem();
  expect(ITEMS.filter(({ id, leftOut }) => !tests.has(id) && leftOut === undefined).map(({ id }) => id)).toEqual([]);
  const ids = new Set(ITEMS.map(({ id }) => id));
  expect([...tests.keys()].filter((id) => !ids.has(id))).toEqual([]);
});

test("an item that nobody tests is said to be missing", () => {
  const missing = withTable("<!-- contract --><!-- /contract -->", new Map(), new Map());
  expect(missing).toContain("**missing**");
  expect(missing).toContain("0 of 97 items are tested; 0 pass");
});

test("verdicts come from a test report, by the IDs that titles begin with, and can be read back from the table", () => {
  const result = (title: string, status: string, ancestorTitles: readonly string[] = []) => ({
    ancestorTitles,
    title,
    status,
  });
  const assertionResults = [
    result("CO-01 one", "passed"),
    result("another", "passed", ["CO-01: group"]),
    result("CO-02", "failed"),
    result("CO-02 again", "passed"),
    result("CO-03", "skipped"),
    result("says CO-04 somewhere", "passed"),
  ];
  const verdicts = verdictsOf({ testResults: [{ assertionResults }] });
  expect([...verdicts]).toEqual([
    ["CO-01", "passes (2)"],
    ["CO-02", "**fails** (1 of 2)"],
  ]);
  const document = withTable("<!-- contract --><!-- /contract -->", verdicts);
  expect(document).toContain("1 pass,");
  expect([...verdictsIn(document)]).toEqual([...verdicts]);
});
