import { z } from "zod";

import { ConfigError, RegistrationError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { describe } from "./describe.ts";
import type { AnyVectorEnv, AutoresetMode, EnvInfo, VectorEnv } from "./env.ts";
import { expectCamelCase } from "./known-keys.ts";
import { build, buildSync, closeLater, planSpec, refuseLoading } from "./make.ts";
import type { MakeOptions } from "./make.ts";
import { registry } from "./registry.ts";
import type { VectorEntryPoint } from "./registry.ts";
import type { Mode, Reply } from "./reply.ts";
import { VectorSpec, WrapperSpec } from "./spec.ts";
import type { EnvSpec } from "./spec.ts";
import { ConcurrentVectorEnv } from "./vector/concurrent-vector-env.ts";
import { SyncVectorEnv } from "./vector/sync-vector-env.ts";
import { warn } from "./warn.ts";
import { resolveVectorWrapper } from "./wrapper-registry.ts";
import type { AnyEnv } from "./wrapper.ts";

const AUTORESET_MODES = ["NextStep", "SameStep", "Disabled"] as const satisfies readonly AutoresetMode[];

const Overrides = z.looseObject({
  ...VectorSpec.unwrap().partial().shape,
  autoresetMode: z.enum(AUTORESET_MODES).optional(),
  wrappers: z
    .array(z.unknown())
    .refine((wrappers) => wrappers.every((wrapper) => typeof wrapper !== "function"), {
      error:
        'wrappers must be data, as { name: "ClipReward", options: { max: 1 } }, got a function - ' +
        "registerWrapper gives yours a name, or hand functions to SyncVectorEnv",
      abort: true,
    })
    .pipe(z.array(WrapperSpec))
    .default([]),
});

/** What `makeVec` takes beside what `make` does. */
export type MakeVecOptions = MakeOptions & {
  /** Environments side by side. Default 1. */
  readonly numEnvs?: number | undefined;
  /** Default "native" where the environment has a vector form of its own and no wrapper stands in the way, else "sync". */
  readonly vectorizationMode?: VectorSpec["vectorizationMode"] | undefined;
  /** When finished rows start anew, by default with the next step; the same as in `vectorOptions`. */
  readonly autoresetMode?: AutoresetMode | undefined;
  /** Options of the vector environment, as `autoresetMode` or `copy`. */
  readonly vectorOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Wrappers around each environment, from the inside out, after the spec's own. */
  readonly wrappers?: readonly WrapperSpec[] | undefined;
};

/** A spec of environments side by side. */
type VectorPlan = EnvSpec & { readonly vector: VectorSpec };

/**
 * Makes environments side by side, by an id or from a spec, as `env.spec` of another vector environment, which brings its
 * vector wrappers along. Rows of modes "sync" and "worker" are made as by `make`, each with its wrappers; those of a
 * "native" one have none: it steps all rows at once and cuts its episodes itself.
 *
 * Promised for the reason that `make` is; see `makeVecSync`.
 * @throws as `make`; ConfigError for wrappers in mode "native"; RegistrationError where the environment does not have
 * the form that the mode asks for.
 */
export function makeVec<Obs = unknown, Act = unknown>(
  id: string | EnvSpec,
  options?: MakeVecOptions,
): Promise<VectorEnv<Obs, Act, EnvInfo, Mode> & Disposable>;
export async function makeVec(id: string | EnvSpec, options: MakeVecOptions = {}): Promise<AnyVectorEnv> {
  const plan = planVector(id, options);
  return finish(await buildVector(plan), plan);
}

/**
 * `makeVec` for environments that need no loading and answer at once, in modes "sync" and "native".
 * @throws as `makeVec`; ConfigError for an environment that has to be loaded or answers with promises.
 */
export function makeVecSync<Obs = unknown, Act = unknown>(
  id: string | EnvSpec,
  options?: MakeVecOptions,
): VectorEnv<Obs, Act> & Disposable;
export function makeVecSync(id: string | EnvSpec, options: MakeVecOptions = {}): AnyVectorEnv {
  const plan = planVector(id, options);
  const made = buildVector(plan);
  return made instanceof Promise ? refuseLoading(made, plan.id, "makeVecSync") : finish(made, plan);
}

function planVector(id: string | EnvSpec, given: MakeVecOptions): VectorPlan {
  const { numEnvs, vectorizationMode, autoresetMode, vectorOptions, wrappers, ...options } = parseOptions(
    Overrides,
    expectCamelCase(given, Object.keys(Overrides.shape), "makeVec"),
    "makeVec",
  );
  const base = planSpec(id, options);
  const asked = typeof id === "string" ? null : id.vector;
  const additionalWrappers = [...base.additionalWrappers, ...wrappers];
  const isNative = registry.get(base.id)?.vectorEntryPoint !== null && additionalWrappers.length === 0;
  return {
    ...base,
    additionalWrappers,
    vector: {
      numEnvs: numEnvs ?? asked?.numEnvs ?? 1,
      vectorizationMode: vectorizationMode ?? asked?.vectorizationMode ?? (isNative ? "native" : "sync"),
      vectorOptions: {
        ...asked?.vectorOptions,
        ...vectorOptions,
        ...(autoresetMode === undefined ? {} : { autoresetMode }),
      },
      wrappers: asked?.wrappers ?? [],
    },
  };
}

function buildVector(plan: VectorPlan): Reply<AnyVectorEnv, Mode> {
  const { vectorizationMode } = plan.vector;
  if (vectorizationMode === "native") return buildNative(plan);
  return vectorizationMode === "worker" ? buildWorkers(plan) : buildRows(plan);
}

/** Rows that are stepped by themselves, all at once. */
function buildNative(plan: VectorPlan): Reply<AnyVectorEnv, Mode> {
  const { numEnvs, vectorOptions } = plan.vector;
  if (plan.additionalWrappers.length > 0) {
    const names = plan.additionalWrappers.map(({ name }) => name).join(", ");
    throw new ConfigError(`makeVec: mode native takes no wrappers, got ${names} - choose vectorizationMode "sync"`);
  }
  const { maxEpisodeSteps } = plan;
  return vectorEntryPointOf(plan)({ ...plan.options, ...vectorOptions, numEnvs, maxEpisodeSteps });
}

function vectorEntryPointOf({ id }: EnvSpec): VectorEntryPoint {
  const vectorEntryPoint = registry.get(id)?.vectorEntryPoint ?? null;
  if (vectorEntryPoint !== null) return vectorEntryPoint;
  throw new RegistrationError(
    `makeVec: mode native needs a vectorEntryPoint, got none for ${id} - choose vectorizationMode "sync"`,
  );
}

/** Rows of this thread, each made as by `make`; how the first is made says how all are. */
function buildRows(plan: VectorPlan): Reply<AnyVectorEnv, Mode> {
  const first = build(rowSpec(plan));
  return first instanceof Promise ? besideLoaded(first, plan) : besideReady(first, plan);
}

/** Rows that are stepped one after another. */
function besideReady(first: AnyEnv<"sync">, plan: VectorPlan): AnyVectorEnv {
  const others = Array.from({ length: plan.vector.numEnvs - 1 }, () => () => buildSync(rowSpec(plan), "makeVec"));
  try {
    return new SyncVectorEnv([() => first, ...others], plan.vector.vectorOptions);
  } catch (error) {
    first.close();
    throw error;
  }
}

/** Rows that had to be loaded, and may answer with promises. */
async function besideLoaded(first: Promise<AnyEnv>, plan: VectorPlan): Promise<AnyVectorEnv> {
  const others = Array.from({ length: plan.vector.numEnvs - 1 }, () => () => build(rowSpec(plan)));
  try {
    return await ConcurrentVectorEnv.create([() => first, ...others], plan.vector.vectorOptions);
  } catch (error) {
    closeLater(first);
    throw error;
  }
}

function rowSpec(plan: VectorPlan): EnvSpec {
  return { ...plan, vector: null };
}

/** Rows in worker threads, which import the module that registers the environment. */
async function buildWorkers(plan: VectorPlan): Promise<AnyVectorEnv> {
  const { numEnvs, vectorOptions } = plan.vector;
  const module = registry.get(plan.id)?.module ?? null;
  if (module === null) {
    throw new RegistrationError(`makeVec: mode worker needs the module that registers it, got none for ${plan.id}`);
  }
  const { WorkerVectorEnv } = await import("./vector/worker-vector-env.ts");
  const sources = Array.from({ length: numEnvs }, () => ({ spec: rowSpec(plan), module }));
  return WorkerVectorEnv.create(sources, vectorOptions);
}

/** Says how the rows were made, and puts the vector wrappers around them, which complete the spec. */
function finish(env: AnyVectorEnv, plan: VectorPlan): AnyVectorEnv {
  env.spec = { ...plan, vector: { ...plan.vector, wrappers: [] } };
  warnOfMode(env);
  try {
    return plan.vector.wrappers.map(resolveVectorWrapper).reduce((inner, wrap) => wrap(inner), env);
  } catch (error) {
    env.close();
    throw error;
  }
}

function warnOfMode({ metadata }: AnyVectorEnv): void {
  const mode: unknown = metadata.autoresetMode;
  if (!AUTORESET_MODES.some((known) => known === mode)) {
    warn(`makeVec: metadata.autoresetMode must be one of ${AUTORESET_MODES.join(", ")}, got ${describe(mode)}`);
  }
}
