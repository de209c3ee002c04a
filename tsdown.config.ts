import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    "env/index": "src/env/index.ts",
    "env/vector/env-worker": "src/env/vector/env-worker.ts",
    "agents/index": "src/agents/index.ts",
    "model/index": "src/model/index.ts",
    "compute/index": "src/compute/index.ts",
    "compute/onnx-worker": "src/compute/onnx-worker.ts",
    "games/index": "src/games/index.ts",
    "metrics/index": "src/metrics/index.ts",
    "testing/index": "src/testing/index.ts",
    "cli/main": "src/cli/main.ts",
    "cli/play-worker": "src/cli/play-worker.ts",
  },
  format: "esm",
  platform: "node",
  target: "node20.19",
  dts: true,
  // `.js`, as package.json says: the package is of type module.
  fixedExtension: false,
  clean: true,
});
