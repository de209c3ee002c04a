import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const DOCUMENTS = ["README.md", "docs/environments.md", "docs/evaluation.md", "docs/games.md"];

/** The TypeScript programs that a document shows; what imports nothing is a piece of one. */
function programsOf(document: string): string[] {
  const blocks = readFileSync(`${root}${document}`, "utf8").matchAll(/```ts\n(.*?)```/gs);
  return [...blocks].flatMap(([, program = ""]) => (program.includes("import ") ? program : []));
}

/** What the compiler says of programs that users of the package write, under this repository's strict options. */
function diagnose(sources: readonly string[]): string[] {
  // Where the programs would lie; they exist in memory only.
  const files = new Map(sources.map((source, i) => [`${root}test/docs/program-${i}.ts`, source]));
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [...files.keys()] }, ts.sys, root);
  const paths = { "genie-env": [`${root}src/index.ts`], "genie-env/*": [`${root}src/*/index.ts`] };
  const disk = ts.createCompilerHost({ ...options, paths });
  const host: ts.CompilerHost = {
    ...disk,
    readFile: (file) => files.get(file) ?? disk.readFile(file),
    fileExists: (file) => files.has(file) || disk.fileExists(file),
    getSourceFile: (file, languageVersion) => {
      const source = files.get(file);
      if (source === undefined) return disk.getSourceFile(file, languageVersion);
      return ts.createSourceFile(file, source, languageVersion);
    },
  };
  const program = ts.createProgram([...files.keys()], { ...options, paths }, host);
  return [...files.keys()].map((file) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
      .join("\n"),
  );
}

const shown = DOCUMENTS.flatMap((document) =>
  programsOf(document).map((source, i): [name: string, source: string] => [`${document}, program ${i + 1}`, source]),
);
const [[, first] = ["", ""]] = shown;
let found: readonly string[] = [];
beforeAll(() => {
  const wrong = `${first}\nconst unused = await env.step("left");`;
  found = diagnose([...shown.map(([, source]) => source), wrong]);
});

test("the documents show programs", () => {
  expect(first).toContain("GenieEnv.load");
  expect(shown.some(([name]) => name.startsWith("docs/environments.md"))).toBe(true);
});

test.each(shown.map(([name], i): [string, number] => [name, i]))("%s compiles under the strictest options", (_, i) => {
  // A program may make what it does not go on to use; the first is whole.
  const problems = found[i]?.split("\n").filter((line) => i === 0 || !line.includes("never read"));
  expect(problems?.join("\n")).toBe("");
});

test("the README's program with an unused variable and a wrong call does not", () => {
  expect(found.at(-1)).toContain("not assignable to parameter");
  expect(found.at(-1)).toContain("never read");
});
