import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../src/core/atomic-file.ts";
import items from "./contract-items.json" with { type: "json" };

/*
 * Runs the tests of Gymnasium's contract and writes the table of docs/gymnasium.md: what is tested where, and what passes.
 *   npm run docs:contract
 *
 * A test belongs to an item when its name starts with the item's ID, so `npx vitest run -t "SP-01"` runs it.
 */

const ROOT = join(import.meta.dirname, "..");
export const DOCUMENT = join(ROOT, "docs", "gymnasium.md");

/** One item of the checklist: M must, S should, N nice. */
const Item = z.strictObject({
  id: z.string().regex(/^[A-Z]{2}-\d\d$/),
  priority: z.enum(["M", "S", "N"]),
  rule: z.string(),
  leftOut: z.string().optional().describe("why there is no test of it"),
});
export type Item = z.infer<typeof Item>;

/** The checklist. */
export const ITEMS: readonly Item[] = z.array(Item).parse(items);

/** Test files, without their folder, by the items that their tests name. */
export function testsByItem(): Map<string, string[]> {
  const files = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" });
  const found = new Map<string, string[]>();
  for (const file of files.filter((path) => path.endsWith(".ts")).toSorted()) {
    const text = readFileSync(join(ROOT, "test", file), "utf8");
    const ids = new Set([...text.matchAll(/["'`]([A-Z]{2}-\d\d)[ :"'`]/g)].map(([, id = ""]) => id));
    for (const id of ids) found.set(id, [...(found.get(id) ?? []), file]);
  }
  return found;
}

/** What came of an item's tests, as the table says it: "passes (3)", or which of them fail. */
export type Verdicts = ReadonlyMap<string, string>;

const TestReport = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string() }),
      ),
    }),
  ),
});

/** The verdict of each item that a test of a Vitest report in JSON belongs to; skipped tests count for none. */
export function verdictsOf(report: unknown): Verdicts {
  const counts = new Map<string, { passed: number; failed: number }>();
  const tests = TestReport.parse(report).testResults.flatMap(({ assertionResults }) => assertionResults);
  for (const { ancestorTitles, title, status } of tests) {
    if (status !== "passed" && status !== "failed") continue;
    const ids = [...ancestorTitles, title].flatMap((name) => /^[A-Z]{2}-\d\d(?=\W|$)/.exec(name) ?? []);
    for (const id of new Set(ids)) {
      const count = counts.get(id) ?? { passed: 0, failed: 0 };
      count[status] += 1;
      counts.set(id, count);
    }
  }
  const inWords = ({ passed, failed }: { passed: number; failed: number }) =>
    failed === 0 ? `passes (${passed})` : `**fails** (${failed} of ${passed + failed})`;
  return new Map([...counts].map(([id, count]) => [id, inWords(count)]));
}

/** The verdicts that a document states. */
export function verdictsIn(document: string): Verdicts {
  const rows = document.matchAll(/^\| ([A-Z]{2}-\d\d) .*\| (passes \(\d+\)|\*\*fails\*\* \([^)]+\)) \|$/gm);
  return new Map([...rows].map(([, id = "", verdict = ""]) => [id, verdict]));
}

/** The document with the table as it should be. */
export function withTable(document: string, verdicts: Verdicts, tests = testsByItem()): string {
  const rows = ITEMS.map(({ id, priority, rule, leftOut }) => {
    const where = tests
      .get(id)
      ?.map((file) => `\`${file}\``)
      .join(", ");
    const place = where ?? (leftOut ? `left out: ${leftOut}` : "**missing**");
    return `| ${id} | ${priority} | ${rule.replaceAll("|", "\\|")} | ${place} | ${verdicts.get(id) ?? ""} |`;
  });
  const table = ["| ID | | rule | tested in | seen |", "| --- | --- | --- | --- | --- |", ...rows];
  return document.replace(
    /<!-- contract -->[\s\S]*<!-- \/contract -->/,
    ["<!-- contract -->", "", summary(verdicts, tests), "", ...table, "", "<!-- /contract -->"].join("\n"),
  );
}

function summary(verdicts: Verdicts, tests: ReadonlyMap<string, unknown>): string {
  const tested = ITEMS.filter(({ id }) => tests.has(id)).length;
  const passing = ITEMS.filter(({ id }) => verdicts.get(id)?.startsWith("passes")).length;
  return `${tested} of ${ITEMS.length} items are tested; ${passing} pass, with so many tests:`;
}

/** Runs the tests that name an item. */
function runTests(): Verdicts {
  const folder = mkdtempSync(join(tmpdir(), "genie-env-contract-"));
  try {
    const file = join(folder, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    spawnSync("npx", ["vitest", "run", "-t", "[A-Z][A-Z]-[0-9][0-9]", ...reporters], { cwd: ROOT, stdio: "inherit" });
    return verdictsOf(JSON.parse(readFileSync(file, "utf8")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  await writeFileAtomically(DOCUMENT, withTable(readFileSync(DOCUMENT, "utf8"), runTests()));
}
