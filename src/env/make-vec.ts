import { z } from "zod";

import { ConfigError, RegistrationError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { describe } from "./describe.ts";
import type { AnyVectorEnv, AutoresetMode, EnvInfo, VectorEnv } from "./env.ts";
import { expectCamelCase } from "./known-keys.ts";
import { expectKind } from "./layer.ts";
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
import { resolveVectorWrapper, resolveWrapper } from "./wrapper-registry.ts";
import type { AnyEnv } from "./wrapper.ts";

const AUTORESET_MODES = ["NextStep", "SameStep", "Disabled"] as const satisfies readonly AutoresetMode[];

/** A wrapper as a function, which only this thread can run: `(env) => new ClipReward(env, { max: 1 })`. */
export type WrapperFunction = {
  // A method's parameters are compared in both directions, so that a function may name narrower types.
  wrap(env: AnyEnv): AnyEnv;
}["wrap"];

const Overrides = z.looseObject({
  ...VectorSpec.unwrap().partial().shape,
  autoresetMode: z.enum(AUTORESET_MODES).optional(),
  wrappers: z
    .array(
      z.union([z.custom<WrapperFunction>((value) => typeof value === "function"), WrapperSpec], {
        error: "a function, or a registered wrapper as { name, options }",
      }),
    )
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
  /**
   * Wrappers around each environment, from the inside out, after the spec's own: as data, or, except in mode "worker",
   * as functions that are called once per row. `spec` tells those that functions made by what they recorded; `make` refuses
   * to rebuild one that recorded nothing.
   */
  readonly wrappers?: readonly (WrapperSpec | WrapperFunction)[] | undefined;
};

/** A spec of environments side by side. */
type VectorPlan = EnvSpec & { readonly vector: VectorSpec };

/** A plan, and what goes around each row beside its wrappers: no data, so that no spec holds it. */
type Planned = { readonly plan: VectorPlan; readonly around: readonly WrapperFunction[] };

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
  const planned = planVector(id, options);
  return finish(await buildVector(planned), planned);
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
  const planned = planVector(id, options);
  const made = buildVector(planned);
  return made instanceof Promise ? refuseLoading(made, planned.plan.id, "makeVecSync") : finish(made, planned);
}

function planVector(id: string | EnvSpec, given: MakeVecOptions): Planned {
  const { numEnvs, vectorizationMode, autoresetMode, vectorOptions, wrappers, ...options } = parseOptions(
    Overrides,
    expectCamelCase(given, Object.keys(Overrides.shape), "makeVec"),
    "makeVec",
  );
  const base = planSpec(id, options);
  const asked = typeof id === "string" ? null : id.vector;
  // What comes after a function is put on by hand as well, so that the order stays.
  const firstFunction = wrappers.findIndex(isFunction);
  const data = firstFunction < 0 ? wrappers : wrappers.slice(0, firstFunction);
  const around = wrappers
    .slice(data.length)
    .map((wrapper) => (isFunction(wrapper) ? wrapper : resolveWrapper(wrapper)));
  const additionalWrappers = [
    ...base.additionalWrappers,
    ...data.flatMap((wrapper) => (isFunction(wrapper) ? [] : [wrapper])),
  ];
  const isNative =
    registry.get(base.id)?.vectorEntryPoint !== null && additionalWrappers.length === 0 && around.length === 0;
  const plan = {
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
  return { plan, around };
}

function isFunction(wrapper: WrapperSpec | WrapperFunction): wrapper is WrapperFunction {
  return typeof wrapper === "function";
}

function buildVector(planned: Planned): Reply<AnyVectorEnv, Mode> {
  const { plan, around } = planned;
  const { vectorizationMode } = plan.vector;
  if (vectorizationMode === "sync") return buildRows(planned);
  if (around.length > 0) {
    throw new ConfigError(
      `makeVec: mode ${vectorizationMode} takes no functions as wrappers, got one - choose vectorizationMode "sync"` +
        (vectorizationMode === "worker"
          ? ', or registerWrapper and pass { name: "ClipReward", options: { max: 1 } }'
          : ""),
    );
  }
  return vectorizationMode === "native" ? buildNative(plan) : buildWorkers(plan);
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
function buildRows({ plan, around }: Planned): Reply<AnyVectorEnv, Mode> {
  const row = (made: AnyEnv): AnyEnv => wrapRow(made, around);
  const first = build(rowSpec(plan));
  return first instanceof Promise ? besideLoaded(first.then(row), plan, row) : besideReady(first, plan, row);
}

/** Rows that are stepped one after another. */
function besideReady(first: AnyEnv<"sync">, plan: VectorPlan, row: (made: AnyEnv) => AnyEnv): AnyVectorEnv {
  // What is around an environment answers as it does: at once.
  const ready = (made: AnyEnv<"sync">): AnyEnv<"sync"> => row(made) as AnyEnv<"sync">;
  const others = Array.from(
    { length: plan.vector.numEnvs - 1 },
    () => () => ready(buildSync(rowSpec(plan), "makeVec")),
  );
  try {
    return new SyncVectorEnv([() => ready(first), ...others], plan.vector.vectorOptions);
  } catch (error) {
    first.close();
    throw error;
  }
}

/** Rows that had to be loaded, and may answer with promises. */
async function besideLoaded(
  first: Promise<AnyEnv>,
  plan: VectorPlan,
  row: (made: AnyEnv) => AnyEnv,
): Promise<AnyVectorEnv> {
  const others = Array.from({ length: plan.vector.numEnvs - 1 }, () => async () => row(await build(rowSpec(plan))));
  try {
    return await ConcurrentVectorEnv.create([() => first, ...others], plan.vector.vectorOptions);
  } catch (error) {
    closeLater(first);
    throw error;
  }
}

/** Puts functions' wrappers around a row; a row that cannot be wrapped is closed. */
function wrapRow(made: AnyEnv, around: readonly WrapperFunction[]): AnyEnv {
  try {
    return around.reduce((inner, wrap) => {
      const outer: unknown = wrap(inner);
      expectKind(outer, "single", "makeVec: what a function of wrappers returns");
      return outer as AnyEnv;
    }, made);
  } catch (error) {
    made.close();
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
function finish(env: AnyVectorEnv, { plan, around }: Planned): AnyVectorEnv {
  const row = around.length > 0 && "envs" in env ? (env.envs as readonly AnyEnv[])[0]?.spec : plan;
  env.spec = row ? { ...row, vector: { ...plan.vector, wrappers: [] } } : null;
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
