import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

/** What a file of each layer may import, as docs/architecture.md says. */
const ALLOWED = {
  core: [],
  metrics: ["core"],
  compute: ["core"],
  nn: ["core", "compute"],
  data: ["core", "compute"],
  model: ["core", "compute", "nn", "data", "metrics"],
  games: ["core", "env"],
  serve: ["core", "env"],
  env: ["core", "model/world-model.ts", "model/load-world.ts", "data/animation.ts", "data/image.ts"],
  testing: ["core", "env", "model/world-model.ts"],
  agents: ["core", "compute", "nn", "data", "env", "metrics"],
} as const;
const LAYERS = [
  "core",
  "compute",
  "nn",
  "data",
  "model",
  "env",
  "agents",
  "cli",
  "games",
  "metrics",
  "serve",
  "testing",
];
const FILES = ["animation.ts", "any.ts", "image.ts", "load-world.ts", "world-model.ts"];

const BANNED = [
  ["Math.random()", "no-restricted-properties", "src/core"],
  ["tf.randomNormal([2])", "no-restricted-properties", "src/nn"],
  ["tf.multinomial(x, 1)", "no-restricted-properties", "src/model"],
  ["Date.now()", "no-restricted-globals", "src/env"],
  ["new Date()", "no-restricted-globals", "src/cli"],
  ["x as any", "no-explicit-any", "test/env"],
  ["x!", "no-non-null-assertion", "src/agents"],
] as const;

const Report = z.object({
  diagnostics: z.array(
    z.object({
      code: z.string(),
      filename: z.string(),
      labels: z.array(z.object({ span: z.object({ line: z.number() }) })),
    }),
  ),
});

/** Lints files as if they lay in this repository; returns `file:line rule` of every report. */
function lint(files: Readonly<Record<string, readonly string[]>>): Set<string> {
  for (const [file, lines] of Object.entries(files)) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), lines.join("\n"));
  }
  const oxlint = fileURLToPath(new URL("../../node_modules/oxlint/bin/oxlint", import.meta.url));
  const { stdout } = spawnSync(process.execPath, [oxlint, "--format=json"], { cwd: folder, encoding: "utf8" });
  const { diagnostics } = Report.parse(JSON.parse(stdout));
  const lines = diagnostics.map(({ code, filename, labels }) => {
    const rule = /\((.*)\)/.exec(code)?.[1];
    return `${filename}:${labels[0]?.span.line} ${rule}`;
  });
  return new Set(lines);
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "genie-env-lint-"));
  copyFileSync(new URL("../../.oxlintrc.json", import.meta.url), join(folder, ".oxlintrc.json"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the linter", () => {
  test("reports an import between layers exactly where it is not allowed", () => {
    const targets = LAYERS.flatMap((layer) => FILES.map((file) => `${layer}/${file}`));
    const files: Record<string, string[]> = {};
    const expected: string[] = [];
    for (const [layer, allowed] of Object.entries(ALLOWED)) {
      const others = targets.filter((target) => !target.startsWith(`${layer}/`));
      for (const [file, up] of [
        ["probe.ts", "../"],
        ["deep/probe.ts", "../../"],
      ]) {
        files[`src/${layer}/${file}`] = others.map((target) => `import "${up}${target}";`);
        for (const [i, target] of others.entries()) {
          if (allowed.some((path) => target.startsWith(path))) continue;
          expected.push(`src/${layer}/${file}:${i + 1} no-restricted-imports`);
        }
      }
    }
    const reported = [...lint(files)].filter((line) => line.endsWith("no-restricted-imports"));
    expect(reported.toSorted()).toEqual(expected.toSorted());
  });

  test("reports a lazy import like a plain one", () => {
    const file = "src/env/lazy.ts";
    const lines = [`await import("../model/genie.ts");`, `await import("../model/load-world.ts");`, "export {};"];
    expect(lint({ [file]: lines })).toContain(`${file}:1 no-restricted-imports`);
    expect(lint({ [file]: lines })).not.toContain(`${file}:2 no-restricted-imports`);
  });

  test.each(["core", "data", "metrics", "env", "games", "serve", "testing"])(
    "keeps tensor libraries out of %s",
    (layer) => {
      const file = `src/${layer}/tensors.ts`;
      const reports = lint({ [file]: [`import "@tensorflow/tfjs";`, `import "onnxruntime-node";`] });
      expect(reports).toContain(`${file}:1 no-restricted-imports`);
      expect(reports).toContain(`${file}:2 no-restricted-imports`);
    },
  );

  test.each(BANNED)("reports %s (%s) in %s", (expression, rule, place) => {
    const file = `${place}/banned.ts`;
    expect(lint({ [file]: [`export const y = ${expression};`] })).toContain(`${file}:1 ${rule}`);
  });

  test("reports a function of more than 60 lines in src, and none in test", () => {
    const long = ["export function long() {", ...Array.from({ length: 60 }, (_, i) => `  f(${i});`), "}"];
    const reports = lint({ "src/nn/long.ts": long, "test/nn/long.ts": long });
    expect(reports).toContain("src/nn/long.ts:1 max-lines-per-function");
    expect(reports).not.toContain("test/nn/long.ts:1 max-lines-per-function");
  });
});
