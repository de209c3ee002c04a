import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../src/core/atomic-file.ts";
import items from "./contract-items.json" with { type: "json" };

/*
 * Writes the table of docs/gymnasium.md: what of Gymnasium's contract is tested, and where.
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

/** The document with the table as it should be. */
export function withTable(document: string, tests = testsByItem()): string {
  const rows = ITEMS.map(({ id, priority, rule, leftOut }) => {
    const where = tests
      .get(id)
      ?.map((file) => `\`${file}\``)
      .join(", ");
    return `| ${id} | ${priority} | ${rule.replaceAll("|", "\\|")} | ${where ?? (leftOut ? `left out: ${leftOut}` : "**missing**")} |`;
  });
  const tested = ITEMS.filter(({ id }) => tests.has(id)).length;
  const table = ["| ID | | rule | tested in |", "| --- | --- | --- | --- |", ...rows];
  const summary = `${tested} of ${ITEMS.length} items are tested.`;
  return document.replace(
    /<!-- contract -->[\s\S]*<!-- \/contract -->/,
    ["<!-- contract -->", "", summary, "", ...table, "", "<!-- /contract -->"].join("\n"),
  );
}

if (process.argv[1] === import.meta.filename) {
  await writeFileAtomically(DOCUMENT, withTable(readFileSync(DOCUMENT, "utf8")));
}
