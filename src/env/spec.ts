import { z } from "zod";

import { ConfigError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { isPlainRecord } from "../core/record.ts";

const Options = z.record(z.string(), z.unknown()).readonly();

/** A wrapper's constructor options, as plain data. */
export type WrapperOptions = z.infer<typeof Options>;

/** One wrapper of a stack as data. */
export const WrapperSpec = z
  .strictObject({
    name: z.string().min(1).describe("as registered by registerWrapper"),
    options: Options.nullable().describe("null where the wrapper did not record them: it cannot be built again"),
  })
  .readonly();
export type WrapperSpec = z.infer<typeof WrapperSpec>;

/** How `makeVec` puts environments side by side. */
export const VectorSpec = z
  .strictObject({
    numEnvs: z.int().positive(),
    vectorizationMode: z
      .enum(["sync", "worker", "native"], {
        error:
          'expected one of "sync"|"worker"|"native"; Gymnasium\'s "async" is "worker", its "vector_entry_point" "native"',
      })
      .describe("one after another, in worker threads, or by the environment's own vectorEntryPoint"),
    vectorOptions: Options.describe("of the vector environment, as autoresetMode"),
    wrappers: z.array(WrapperSpec).readonly().prefault([]).describe("vector wrappers around it, from the inside out"),
  })
  .readonly();
export type VectorSpec = z.infer<typeof VectorSpec>;

/** How `make` builds an environment, as data. */
export const EnvSpec = z
  .strictObject({
    id: z.string().describe("namespace/Name-v0; namespace and version may be missing"),
    rewardThreshold: z.number().nullable().default(null).describe("return at which the task counts as solved"),
    nondeterministic: z.boolean().default(false).describe("whether equal seeds and actions may give other results"),
    maxEpisodeSteps: z
      .int()
      .positive()
      .nullable()
      .default(null)
      .describe("steps after which TimeLimit truncates; null for no limit"),
    orderEnforce: z.boolean().default(true).describe("whether OrderEnforcing refuses step and render before reset"),
    disableEnvChecker: z.boolean().default(false).describe("whether to leave out PassiveEnvChecker"),
    options: Options.prefault({}).describe("what the environment is built with"),
    additionalWrappers: z
      .array(WrapperSpec)
      .readonly()
      .prefault([])
      .describe("from the inside out, after the standard ones"),
    vector: VectorSpec.nullable().default(null).describe("null for a single environment"),
  })
  .readonly();
export type EnvSpec = z.infer<typeof EnvSpec>;

/**
 * A spec as JSON text: `make(specFromJSON(text))` builds an equal environment.
 * @throws ConfigError when an option is not plain data, as a function or a typed array.
 */
export function specToJSON(spec: EnvSpec): string {
  const path = findForeign(spec, "spec");
  if (path === null) return JSON.stringify(spec);
  throw new ConfigError(`specToJSON: a spec must be plain data, got something else at ${path} - set it after make`);
}

/** Reads what `specToJSON` wrote. @throws ConfigError for text that is not a spec. */
export function specFromJSON(text: string): EnvSpec {
  return parseOptions(EnvSpec, parseJSON(text), "specFromJSON");
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`specFromJSON: the text must be JSON, got ${text.slice(0, 40)}`, { cause: error });
  }
}

/** Where a value holds what JSON would change or drop; null for plain data. An undefined field counts as missing. */
function findForeign(value: unknown, path: string): string | null {
  if (value === null || value === undefined || typeof value === "string" || typeof value === "boolean") return null;
  if (typeof value === "number") return Number.isFinite(value) ? null : path;
  if (!Array.isArray(value) && !isPlainRecord(value)) return path;
  for (const [key, part] of Object.entries(value)) {
    const found = findForeign(part, `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}
