import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DOCUMENT, withTable } from "../../scripts/finding-table.ts";
import { RULES } from "../../src/testing/index.ts";

test("the table of findings is that of the code: npm run docs:findings", () => {
  const document = readFileSync(DOCUMENT, "utf8");
  expect(document).toBe(withTable(document));
  for (const code of Object.keys(RULES)) expect(document).toContain(`| \`${code}\` |`);
});
