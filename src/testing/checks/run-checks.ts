import { finding } from "../finding.ts";
import type { Finding, FindingCode } from "../finding.ts";

/** One topic's checks of a subject; `found` is what earlier checks found. */
export type Check<S> = (subject: S, found: ReadonlySet<FindingCode>) => AsyncIterable<Finding> | Iterable<Finding>;

/** A call into the environment that threw where the contract lets it not. */
class CallFailure extends Error {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(describeError(cause), { cause });
    this.path = path;
  }
}

/** Makes a call that the contract allows: a failure becomes a finding at `path`, and ends the check that made it. */
export async function call<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new CallFailure(path, error);
  }
}

/** After one of these, what other checks find would be a consequence of it. */
const BLOCKING: ReadonlySet<FindingCode> = new Set([
  "not-an-env",
  "not-a-space",
  "invalid-space",
  "reset-result",
  "step-result",
  "flag-not-boolean",
  "batch-array-wrong",
]);

/** Runs checks one after another. What one found, later ones do not tell again. */
export async function runChecks<S>(subject: S, checks: readonly Check<S>[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    const earlier = new Set(findings.map(topicOf));
    const codes = new Set(findings.map(({ code }) => code));
    if (findings.some(({ code }) => BLOCKING.has(code))) break;
    for await (const found of guarded(check, subject, codes)) {
      if (!earlier.has(topicOf(found))) findings.push(found);
    }
  }
  return findings;
}

/** Calls fail for many reasons, every other rule is broken for one. */
function topicOf({ code, message }: Finding): string {
  return code === "call-failed" ? message : code;
}

/** An error in a few words: its class and its message's first line. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.split("\n", 1)[0]}` : `a thrown ${typeof error}`;
}

async function* guarded<S>(check: Check<S>, subject: S, found: ReadonlySet<FindingCode>): AsyncGenerator<Finding> {
  try {
    yield* check(subject, found);
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    yield finding("call-failed", error.path, `got ${error.message}`);
  }
}
