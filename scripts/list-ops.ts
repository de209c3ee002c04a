import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { writeFileAtomically } from "../src/core/atomic-file.ts";
import { LOWERINGS_BY_FAMILY } from "../src/compute/lowerings/index.ts";

/** The document that lists the kernels. */
export const COMPILER_DOC = "docs/compiler.md";

const BEGIN = "<!-- kernels: written by scripts/list-ops.ts -->";
const END = "<!-- end of kernels -->";

/** A Markdown table of the tfjs kernels that compile, by family. */
export function kernelTable(): string {
  const rows = Object.entries(LOWERINGS_BY_FAMILY).map(([family, lowerings]) => {
    const kernels = Object.keys(lowerings).toSorted();
    return `| ${family} | ${kernels.map((kernel) => `\`${kernel}\``).join(", ")} |`;
  });
  return ["| Family | Kernels |", "| --- | --- |", ...rows].join("\n");
}

/**
 * `document` with the table of kernels brought up to date.
 * @throws Error when the document has no place for it.
 */
export function withKernels(document: string): string {
  const [before, rest] = document.split(BEGIN);
  const [, after] = (rest ?? "").split(END);
  if (before === undefined || after === undefined) {
    throw new Error(`${COMPILER_DOC}: must contain ${BEGIN} and ${END} - put them where the table belongs`);
  }
  return `${before}${BEGIN}\n\n${kernelTable()}\n\n${END}${after}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await writeFileAtomically(COMPILER_DOC, withKernels(await readFile(COMPILER_DOC, "utf8")));
}
