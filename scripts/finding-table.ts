import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../src/core/atomic-file.ts";
import { RULES } from "../src/testing/finding.ts";

/*
 * Writes the table of docs/environments.md: what the checkers can find, from their own list of rules.
 *   npm run docs:findings
 */

export const DOCUMENT = join(import.meta.dirname, "..", "docs", "environments.md");

/** The document with the table as it should be. */
export function withTable(document: string): string {
  const rows = Object.entries(RULES).map(([code, [severity, rule]]) => `| \`${code}\` | ${severity} | ${rule} |`);
  const table = ["| code | severity | rule |", "| --- | --- | --- |", ...rows];
  return document.replace(
    /<!-- findings -->[\s\S]*<!-- \/findings -->/,
    ["<!-- findings -->", "", ...table, "", "<!-- /findings -->"].join("\n"),
  );
}

if (process.argv[1] === import.meta.filename) {
  await writeFileAtomically(DOCUMENT, withTable(readFileSync(DOCUMENT, "utf8")));
}
