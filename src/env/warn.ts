/** What a warning is about: a likely mistake, or something that a newer version replaces. */
export type WarningType = "GenieEnvWarning" | "DeprecationWarning";

/**
 * Warns through the process, so that Node's own switches apply (`--no-warnings`, `--trace-warnings`,
 * `--throw-deprecation`), or on the console where there is no process.
 */
export function warn(message: string, type: WarningType = "GenieEnvWarning"): void {
  if (typeof process === "undefined") console.warn(`${type}: ${message}`);
  else process.emitWarning(message, type);
}
