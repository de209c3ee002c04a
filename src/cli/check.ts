import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { ConfigError } from "../core/errors.ts";
import { make } from "../env/make.ts";
import type { AnyEnv } from "../env/wrapper.ts";
import { checkEnv, formatFinding } from "../testing/index.ts";
import type { Finding, MakeEnv } from "../testing/index.ts";

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
  const [, path, name] = /^(.*\.[cm]?[jt]s)(?:#(.+))?$/.exec(target) ?? [];
  return path === undefined ? registeredMaker(target) : importedMaker(path, name);
}

/** The bare environment: what wraps it would hide what it does wrong. */
async function registeredMaker(id: string): Promise<MakeEnv> {
  await import("../built-in-envs.ts");
  return async ({ renderMode }) => {
    const env = await make(id, { disableEnvChecker: true, ...(renderMode === null ? {} : { renderMode }) });
    return env.unwrapped;
  };
}

async function importedMaker(path: string, name: string | undefined): Promise<MakeEnv> {
  const exported = await importModule(path);
  const names = Object.keys(exported).filter((key) => typeof exported[key] === "function");
  const chosen = name ?? ("default" in exported ? "default" : names.length === 1 ? names[0] : undefined);
  const made = chosen === undefined ? undefined : exported[chosen];
  if (isConstructor(made)) return (options) => new made(options);
  if (isFactory(made)) return made;
  const choice = names.length === 0 ? "it has none" : `name one behind #: ${names.join(", ")}`;
  throw new ConfigError(
    `check: an export of ${path} must make the environment, got ${chosen ?? "no choice"} - ${choice}`,
  );
}

async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  if (!existsSync(path)) throw new ConfigError(`check: the module must exist, got ${path}`);
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw new ConfigError(`check: the module ${path} must load, got ${String(error)}`, { cause: error });
  }
}

function isFactory(value: unknown): value is MakeEnv {
  return typeof value === "function";
}

function isConstructor(value: unknown): value is new (options: object) => AnyEnv {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}
