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
