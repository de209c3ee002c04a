import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DOCUMENT, SCHEMAS, withTables } from "../../scripts/option-tables.ts";
import { PlatformerConfig } from "../../src/games/platformer/platformer-env.ts";

const document = readFileSync(DOCUMENT, "utf8");

test("the tables of options are those of the schemas: npm run docs:options", () => {
  expect(document).toBe(withTables(document));
  for (const name of Object.keys(SCHEMAS)) expect(document).toContain(`<!-- options ${name} -->`);
});

test("a table has a row for each option, with its values, its default and what it says", () => {
  const shown = withTables("<!-- options Platformer-v0 --><!-- /options -->");
  for (const name of Object.keys(PlatformerConfig.shape)) expect(shown).toContain(`| \`${name}\` |`);
  expect(shown).toContain("| `levels` | [integer from 0, integer from 0] | `[0,9999]` | the first and the last level");
  expect(shown).toContain('| `difficulty` | `"easy"`, `"hard"` | `"easy"` | how hard the levels are |');
  expect(shown).toContain('`"ansi"`, `null` | `null` |');
});

test("options of what is no environment are refused", () => {
  expect(() => withTables("<!-- options Nothing-v0 --><!-- /options -->")).toThrow("got Nothing-v0");
});
