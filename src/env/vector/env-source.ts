import { ConfigError } from "../../core/errors.ts";
import { make } from "../make.ts";
import type { EnvSpec } from "../spec.ts";
import type { AnyEnv } from "../wrapper.ts";

/**
 * What environment a worker thread makes: with a function that a module exports, which is given `options` and returns
 * an environment or promises one, or as `make` makes a spec, after importing the module that registers it.
 *
 * `module`: a URL, as `import.meta.resolve` or `new URL("./my-env.js", import.meta.url).href` write it. It may be
 * TypeScript where the program runs on tsx, whose loader the threads inherit, or on a Node that strips types.
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
    const remedy = "start the program with `node --import tsx`, or name its JavaScript";
    throw new ConfigError(`WorkerVectorEnv: modules must be such as Node loads, got ${url} - ${remedy}`, {
      cause: error,
    });
  }
}
