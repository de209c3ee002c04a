import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { expect, test } from "vitest";

const STATIC_IMPORT = /^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gm;

/** Packages that a file loads when it is imported, through every file of ours that it loads. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const names = [...readFileSync(file, "utf8").matchAll(STATIC_IMPORT)].map(([, name = ""]) => name);
  return names.flatMap((name) => (name.startsWith(".") ? packagesOf(resolve(dirname(file), name), seen) : [name]));
}

test.each([
  ["env", ["seedrandom", "zod"]],
  ["games", ["seedrandom", "zod"]],
  ["testing", ["node:util", "seedrandom", "zod"]],
])("importing genie-env/%s loads no tensor library and nothing native", (entry, expected) => {
  expect(new Set(packagesOf(resolve("src", entry, "index.ts")))).toEqual(new Set(expected));
});
