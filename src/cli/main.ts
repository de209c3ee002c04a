import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { z } from "zod";
import { GenieError } from "../core/errors.ts";
import { describeSystemError, isSystemError } from "../core/system-error.ts";
import { createProgram } from "./program.ts";

const USAGE_ERROR = 2;
const BUG = 1;

/** The version in package.json, which lies two folders above both the source and the built file. */
function packageVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(manifest)).version;
}

/** What the user can mend is one line; a bug is a stack. */
function reportError(error: unknown): number {
  // Commander has printed its own line by now; help and version leave with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
  if (error instanceof GenieError || isSystemError(error)) {
    process.stderr.write(`error: ${describeSystemError(error).replaceAll(/\s*\n\s*/g, " ")}\n`);
    return USAGE_ERROR;
  }
  console.error(error);
  return BUG;
}

// A reader that closed the pipe (`genie-env eval | head`) has all that it wants.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : reportError(error));
});

try {
  await createProgram(packageVersion()).parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
