import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where the program would lie; it exists in memory only. */
const path = `${root}test/docs/readme-program.ts`;

/** What the compiler says of a program that a user of the package writes, under this repository's strict options. */
function diagnose(source: string): string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [path] }, ts.sys, root);
  const paths = { "genie-env": [`${root}src/index.ts`] };
  const disk = ts.createCompilerHost({ ...options, paths });
  const host: ts.CompilerHost = {
    ...disk,
    readFile: (file) => (file === path ? source : disk.readFile(file)),
    fileExists: (file) => file === path || disk.fileExists(file),
    getSourceFile: (file, languageVersion) =>
      file === path ? ts.createSourceFile(file, source, languageVersion) : disk.getSourceFile(file, languageVersion),
  };
  const program = ts.createProgram([path], { ...options, paths }, host);
  const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(path));
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

const readme = readFileSync(`${root}README.md`, "utf8");
const [, program = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];

test("the README's program compiles under the strictest options", () => {
  expect(program).toContain("GenieEnv.load");
  expect(diagnose(program)).toEqual([]);
});

test("the same program with an unused variable and a wrong call does not", () => {
  const problems = diagnose(`${program}\nconst unused = await env.step("left");`).join("\n");
  expect(problems).toContain("not assignable to parameter");
  expect(problems).toContain("never read");
});
