import { readFileSync } from "node:fs";
import { z } from "zod";
import { createProgram } from "./program.ts";
import { exitStatus, reportError } from "./report-error.ts";

/** The version in package.json, which lies two folders above both the source and the built file. */
function packageVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(manifest)).version;
}

// A reader that closed the pipe (`genie-env eval | head`) has all that it wants.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : reportError(error));
});

try {
  await createProgram(packageVersion()).parseAsync();
} catch (error) {
  process.exitCode = exitStatus(error);
}
