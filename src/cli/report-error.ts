import { CommanderError } from "commander";
import { GenieError } from "../core/errors.ts";
import { describeSystemError, isSystemError } from "../core/system-error.ts";

/** The exit status of a command whose input was bad. */
export const USAGE_ERROR = 2;
const BUG = 1;

/** Prints what went wrong, and returns the exit status for it: what the user can mend is one line; a bug is a stack. */
export function reportError(error: unknown): number {
  if (error instanceof GenieError || isSystemError(error)) {
    process.stderr.write(`error: ${describeSystemError(error).replaceAll(/\s*\n\s*/g, " ")}\n`);
    return USAGE_ERROR;
  }
  console.error(error);
  return BUG;
}

/** The exit status for what a command threw. Commander has printed its own line by now; help and version leave with 0. */
export function exitStatus(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
  return reportError(error);
}
