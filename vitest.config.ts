import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const sources = fileURLToPath(new URL("src/", import.meta.url));

export default defineConfig({
  // As `paths` of tsconfig.json: examples import the package by its name, and a clone has no build.
  resolve: {
    alias: [
      { find: /^genie-env$/, replacement: `${sources}index.ts` },
      { find: /^genie-env\/(\w+)$/, replacement: `${sources}$1/index.ts` },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    // Models share two cores with ONNX Runtime's own threads: one file at a time is fastest and steadiest.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
