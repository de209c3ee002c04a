#!/usr/bin/env node
// In a clone the command runs the sources, so that it never runs a stale build; an installed package has no sources.
import { existsSync } from "node:fs";

const sources = new URL("../src/cli/main.ts", import.meta.url);
if (existsSync(sources)) {
  const [modules, common] = await Promise.all([import("tsx/esm/api"), import("tsx/cjs/api")]);
  modules.register();
  // A user's TypeScript may lie in a package that is not of type module.
  common.register();
  await import(sources.href);
} else {
  await import("../dist/cli/main.js");
}
