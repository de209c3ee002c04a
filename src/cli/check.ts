import { ConfigError } from "../core/errors.ts";
import { make } from "../env/make.ts";
import type { AnyEnv } from "../env/wrapper.ts";
import { checkEnv, formatFinding } from "../testing/index.ts";
import type { Finding, MakeEnv } from "../testing/index.ts";
import { importExport, isModulePath } from "./import-module.ts";

/** Options of `genie-env check`. */
export type CheckCommand = { readonly json?: boolean; readonly steps: number; readonly seed: number };

/**
 * Checks an environment against the contract and prints what it breaks; the process then ends with 1 when there is an
 * error among it. `target` is a registered id, or a module and, behind #, its export that makes the environment.
 * @throws UnregisteredEnvError for an id that names nothing; ConfigError for a module that makes no environment.
 */
export async function check(target: string, { json, steps, seed }: CheckCommand): Promise<void> {
  const findings = await checkEnv(await makerOf(target), { steps, seed });
  console.log(
    json ? JSON.stringify({ env: target, steps, seed, findings }, null, 2) : formatFindings(target, findings),
  );
  if (findings.some(({ severity }) => severity === "error")) process.exitCode = 1;
}

/** Findings as lines for people, the sum last. */
export function formatFindings(name: string, findings: readonly Finding[]): string {
  const lines = findings.map((found) => `${found.severity.padEnd(5)}  ${formatFinding(found)}`);
  const errors = findings.filter(({ severity }) => severity === "error").length;
  return [...lines, `${name}: ${count(errors, "error")}, ${count(findings.length - errors, "warning")}`].join("\n");
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

function makerOf(target: string): MakeEnv | Promise<MakeEnv> {
  return isModulePath(target) ? importedMaker(target) : registeredMaker(target);
}

/** The bare environment: what wraps it would hide what it does wrong. */
async function registeredMaker(id: string): Promise<MakeEnv> {
  await import("../built-in-envs.ts");
  return async ({ renderMode }) => {
    const env = await make(id, { disableEnvChecker: true, ...(renderMode === null ? {} : { renderMode }) });
    return env.unwrapped;
  };
}

async function importedMaker(target: string): Promise<MakeEnv> {
  const made = await importExport(target, "check", "make the environment");
  if (isConstructor(made)) return (options) => new made(options);
  if (isFactory(made)) return made;
  throw new ConfigError(`check: the export of ${target} must make the environment, got ${typeof made}`);
}

function isFactory(value: unknown): value is MakeEnv {
  return typeof value === "function";
}

function isConstructor(value: unknown): value is new (options: object) => AnyEnv {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}
