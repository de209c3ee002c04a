import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documents, FIGURES, withFigures } from "../../scripts/figures.ts";

test("the documents show the figures that were measured", () => {
  const all = documents();
  expect(all.length).toBeGreaterThan(1);
  for (const { now, wanted } of all) expect(now).toBe(wanted);
});

test("the README shows the bundled world's quality, the speed of play and of training, each from a file", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const shown = [...readme.matchAll(/<!-- figures ([\w-]+) -->/g)].map(([, name]) => name ?? "");
  expect(shown).toEqual(expect.arrayContaining(["eval-supertux", "speed"]));
  expect(shown.filter((name) => !existsSync(join(FIGURES, `${name}.json`)))).toEqual([]);
});

test("a figure names its command, machine and revision", () => {
  const shown = withFigures("a\n<!-- figures x -->old<!-- /figures -->\nb", () => ({
    command: "npx x --json",
    machine: "a machine",
    date: "2026-01-01",
    revision: "abc",
    result: { answer: 42 },
  }));
  expect(shown).toContain('"answer": 42');
  expect(shown).toContain("`npx x --json` on a machine, 2026-01-01, revision abc.");
  expect(shown).not.toContain("old");
});
