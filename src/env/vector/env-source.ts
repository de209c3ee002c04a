import { ConfigError } from "../../core/errors.ts";
import { isRecord } from "../../core/record.ts";
import { make } from "../make.ts";
import type { EnvSpec } from "../spec.ts";
import type { AnyEnv } from "../wrapper.ts";

/**
 * What environment a worker thread makes: with a function that a module exports, which is given `options` and returns
 * an environment or promises one, or as `make` makes a spec, after importing the module that registers it.
 *
 * `module`: a URL, as `import.meta.resolve` or `new URL("./my-env.js", import.meta.url).href` write it. It may be
 * TypeScript where the program runs on tsx, which the threads then load, too, or on a Node that strips types.
 */
export type EnvSource =
  | {
      readonly module: string;
      readonly export: string;
      readonly options?: Readonly<Record<string, unknown>> | undefined;
    }
  | { readonly spec: string | EnvSpec; readonly module?: string | null | undefined };

/** Makes the environment. @throws ConfigError for an export that is no function, and for TypeScript that nothing here reads; what the module or `make` throws. */
export async function openSource(source: EnvSource): Promise<AnyEnv> {
  if ("spec" in source) {
    if (typeof source.module === "string") await importModule(source.module);
    return make(source.spec);
  }
  const exported = await importModule(source.module);
  const factory = exported[source.export];
  if (typeof factory === "function") return factory(source.options ?? {});
  throw new ConfigError(
    `WorkerVectorEnv: ${source.module} must export a function ${source.export}, got ${typeof factory}`,
  );
}

/** Codes of Node's errors for TypeScript that it cannot load by itself. */
const TYPESCRIPT_ERRORS: ReadonlySet<unknown> = new Set([
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING",
]);

async function importModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(url);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && TYPESCRIPT_ERRORS.has(error.code))) throw error;
    // Node remembers that it could not load the module, so it is asked for under another name.
    if (await loadTsx(url)) return import(`${url}?tsx`);
    const remedy = "start the program with `node --import tsx`, or name its JavaScript";
    throw new ConfigError(`WorkerVectorEnv: modules must be such as Node loads, got ${url} - ${remedy}`, {
      cause: error,
    });
  }
}

/**
 * Makes this thread load TypeScript by the tsx that is installed beside the module: before Node 22 a thread does not
 * inherit the loader of the program. Only a thread of ours is changed so. Returns whether it could be.
 */
async function loadTsx(url: string): Promise<boolean> {
  const [{ isMainThread }, { createRequire }, { pathToFileURL }] = await Promise.all([
    import("node:worker_threads"),
    import("node:module"),
    import("node:url"),
  ]);
  if (isMainThread) return false;
  try {
    // What `require` resolves is the CommonJS twin, whose `register` looks for its loader in the wrong folder.
    const api = createRequire(url)
      .resolve("tsx/esm/api")
      .replace(/\.cjs$/, ".mjs");
    const tsx: unknown = await import(pathToFileURL(api).href);
    const register: unknown = isRecord(tsx) ? tsx["register"] : undefined;
    if (typeof register !== "function") return false;
    register();
    return true;
  } catch {
    return false;
  }
}
