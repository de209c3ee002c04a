import { finding } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { describeError } from "./run-checks.ts";

/** What a call threw; null when it went through. */
export async function errorOf(work: () => unknown): Promise<{ readonly error: unknown } | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return { error };
  }
}

/** Whether a call throws. */
export async function refuses(work: () => unknown): Promise<boolean> {
  return (await errorOf(work)) !== null;
}

/** How a misuse was met: findings unless it was refused with the error class of this name. */
export async function* checkRefusal(
  work: () => unknown,
  errorName: string,
  accepted: Finding,
): AsyncGenerator<Finding> {
  const refusal = await errorOf(work);
  if (refusal === null) yield accepted;
  else if (!hasName(refusal.error, errorName)) {
    yield finding("untyped-error", accepted.path, `${errorName}, got ${describeError(refusal.error)}`);
  }
}

/** By name, so that an error that crossed a worker or comes from another copy of the package counts. */
function hasName(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
