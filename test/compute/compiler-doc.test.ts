import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { COMPILER_DOC, withKernels } from "../../scripts/list-ops.ts";
import { SUPPORTED_KERNELS } from "../../src/compute/trace.ts";

test("docs/compiler.md lists the kernels that compile", async () => {
  const document = await readFile(new URL(`../../${COMPILER_DOC}`, import.meta.url), "utf8");
  expect(withKernels(document), "run scripts/list-ops.ts with tsx").toBe(document);
  expect(document).toContain(SUPPORTED_KERNELS.map((kernel) => `\`${kernel}\``)[0]);
});

test("a document without a place for the table is refused", () => {
  expect(() => withKernels("# The compiler")).toThrow(/must contain/);
});
