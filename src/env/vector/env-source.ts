import { ConfigError } from "../../core/errors.ts";
import { make } from "../make.ts";
import type { EnvSpec } from "../spec.ts";
import type { AnyEnv } from "../wrapper.ts";

/**
 * What environment a worker thread makes: with a function that a module exports, which is given `options` and returns
 * an environment or promises one, or as `make` makes a spec, after importing the module that registers it.
 *
 * `module`: a URL, as `import.meta.resolve` or `new URL("./my-env.js", import.meta.url).href` write it.
 */
export type EnvSource =
  | {
      readonly module: string;
      readonly export: string;
      readonly options?: Readonly<Record<string, unknown>> | undefined;
    }
  | { readonly spec: string | EnvSpec; readonly module?: string | null | undefined };

/** Makes the environment. @throws ConfigError for an export that is no function; what the module or `make` throws. */
export async function openSource(source: EnvSource): Promise<AnyEnv> {
  if ("spec" in source) {
    if (typeof source.module === "string") await import(source.module);
    return make(source.spec);
  }
  const exported: Readonly<Record<string, unknown>> = await import(source.module);
  const factory = exported[source.export];
  if (typeof factory === "function") return factory(source.options ?? {});
  throw new ConfigError(
    `WorkerVectorEnv: ${source.module} must export a function ${source.export}, got ${typeof factory}`,
  );
}
