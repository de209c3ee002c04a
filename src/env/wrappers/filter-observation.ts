import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo, VectorEnv } from "../env.ts";
import type { Mode } from "../reply.ts";
import { DictSpace } from "../spaces/dict.ts";
import type { Space } from "../spaces/space.ts";
import { TupleSpace } from "../spaces/tuple.ts";
import type { BatchOf } from "../spaces/rows.ts";
import { registerVectorWrapper, registerWrapper } from "../wrapper-registry.ts";
import type { Transform } from "./observation-transforms.ts";
import { TransformObservation } from "./transform-observation.ts";
import { VectorTransformObservation } from "./vector-transforms.ts";

const FilterObservationConfig = z.strictObject({
  keys: z
    .union([z.array(z.string()), z.array(z.int().nonnegative())])
    .refine((keys) => keys.length > 0, { error: "at least one key is needed" })
    .describe("what is shown: keys of a record, or places in a tuple"),
});
/** What a user writes. */
export type FilterObservationOptions = z.input<typeof FilterObservationConfig>;

/** Observations that are made of parts: a member of a DictSpace, or of a TupleSpace. */
export type Parts = Readonly<Record<string, unknown>> | readonly unknown[];

/** Shows some parts of a record or a tuple only, in their old order. */
export class FilterObservation<
  Obs extends Parts,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends TransformObservation<Partial<Obs>, Obs, Act, Info, M> {
  /** @throws ConfigError unless observations are records or tuples with all of these parts, and there is one at least. */
  constructor(env: Env<Obs, Act, Info, M>, options: FilterObservationOptions) {
    const config = parseOptions(FilterObservationConfig, options, "FilterObservation");
    const { apply, space } = filter<Obs>(env.observationSpace, config.keys);
    super(env, apply, space);
    this.record("FilterObservation", config);
  }
}

registerWrapper(
  "FilterObservation",
  (env: Env<Parts, unknown, unknown, Mode>, options: FilterObservationOptions) => new FilterObservation(env, options),
);

/** `FilterObservation` of every row. */
export class VectorFilterObservation<
  Obs extends Parts,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorTransformObservation<Partial<Obs>, Obs, Act, Info, M> {
  constructor(env: VectorEnv<BatchOf<Obs>, Act, Info, M>, options: FilterObservationOptions) {
    const config = parseOptions(FilterObservationConfig, options, "VectorFilterObservation");
    const { apply, space } = filter<Obs>(env.singleObservationSpace, config.keys);
    super(env, apply, space);
    this.record("VectorFilterObservation", config);
  }
}

registerVectorWrapper(
  "VectorFilterObservation",
  (env: VectorEnv<Parts, unknown, unknown, Mode>, options: FilterObservationOptions) =>
    new VectorFilterObservation(env, options),
);

type Keys = readonly (string | number)[];

/** `Obs` is what `space` holds. */
function filter<Obs>(space: Space<unknown>, keys: Keys): Transform<Obs, Partial<Obs>>;
function filter(space: Space<unknown>, keys: Keys): Transform<Parts, unknown> {
  if (space instanceof DictSpace) {
    const spaces: Readonly<Record<string, Space<unknown>>> = space.spaces;
    expectParts(keys, Object.keys(spaces));
    return { space: new DictSpace(pick(spaces, keys)), apply: (obs) => pick(obs, keys) };
  }
  if (!(space instanceof TupleSpace)) {
    throw new ConfigError(`FilterObservation: observations must be records or tuples, got ${String(space)}`);
  }
  const spaces: readonly Space<unknown>[] = space.spaces;
  expectParts(keys, [...spaces.keys()]);
  const chosen = [...spaces.keys()].filter((place) => keys.includes(place));
  return {
    space: new TupleSpace(spaces.filter((_, place) => keys.includes(place))),
    apply: (obs) => chosen.map((place) => Reflect.get(obs, place)),
  };
}

function expectParts(keys: Keys, parts: Keys): void {
  const missing = keys.find((key) => !parts.includes(key));
  if (missing === undefined) return;
  throw new ConfigError(`FilterObservation: keys must be in [${parts}], got ${JSON.stringify(missing)}`);
}

function pick<T>(record: { readonly [key: string]: T } | readonly T[], keys: Keys): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => keys.includes(key)));
}
