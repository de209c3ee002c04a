import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError } from "../core/errors.ts";

/** Whether a text names a module, with an export behind # or without. */
export function isModulePath(text: string): boolean {
  return MODULE.test(text);
}

const MODULE = /^(.*\.[cm]?[jt]s)(?:#(.+))?$/;

/**
 * What `PATH` or `PATH#EXPORT` names: its default export, or the only one that is a function or an object. `where` begins
 * the messages, and `purpose` says what the export must do.
 * @throws ConfigError for a module that is not there or does not load, and for an export that nobody can tell.
 */
export async function importExport(target: string, where: string, purpose: string): Promise<unknown> {
  const [, path = target, name] = MODULE.exec(target) ?? [];
  const exported = await importModule(path, where);
  const names = Object.keys(exported).filter((key) => ["function", "object"].includes(typeof exported[key]));
  const chosen = name ?? ("default" in exported ? "default" : names.length === 1 ? names[0] : undefined);
  if (chosen !== undefined && chosen in exported) return exported[chosen];
  const choice = names.length === 0 ? "it has none" : `name one behind #: ${names.join(", ")}`;
  throw new ConfigError(`${where}: an export of ${path} must ${purpose}, got ${chosen ?? "no choice"} - ${choice}`);
}

async function importModule(path: string, where: string): Promise<Readonly<Record<string, unknown>>> {
  if (!existsSync(path)) throw new ConfigError(`${where}: the module must exist, got ${path}`);
  try {
    return ownExports(await import(pathToFileURL(resolve(path)).href));
  } catch (error) {
    throw new ConfigError(`${where}: the module ${path} must load, got ${String(error)}`, { cause: error });
  }
}

/** A TypeScript file of a package that is not of type module is loaded as CommonJS: its exports are then within one. */
function ownExports(exported: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const common = exported["module.exports"];
  return typeof common === "object" && common !== null ? { ...common } : exported;
}
