import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo, VectorEnv } from "../env.ts";
import type { Mode } from "../reply.ts";
import { DictSpace } from "../spaces/dict.ts";
import type { Space } from "../spaces/space.ts";
import type { WrapperSpec } from "../spec.ts";
import type { BatchOf } from "../spaces/rows.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import type { Transform } from "./observation-transforms.ts";
import { TransformObservation } from "./transform-observation.ts";
import { VectorTransformObservation } from "./vector-transforms.ts";

export const FilterObservationConfig = z.strictObject({
  keys: z.array(z.string()).min(1).describe("the keys that are shown"),
});
/** What a user writes. */
export type FilterObservationOptions = z.input<typeof FilterObservationConfig>;

/** Records by key. */
export type RecordObservation = Readonly<Record<string, unknown>>;

/** Shows some of a record's keys only. */
export class FilterObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends TransformObservation<
  RecordObservation,
  RecordObservation,
  Act,
  Info,
  M
> {
  readonly #config: z.infer<typeof FilterObservationConfig>;

  /** @throws ConfigError unless observations are records with all of these keys, and there is one key at least. */
  constructor(env: Env<RecordObservation, Act, Info, M>, options: FilterObservationOptions) {
    const config = parseOptions(FilterObservationConfig, options, "FilterObservation");
    const { apply, space } = filter(env.observationSpace, config.keys);
    super(env, apply, space);
    this.#config = config;
  }

  override get wrapperSpec(): WrapperSpec {
    return { name: "FilterObservation", options: this.#config };
  }
}

registerWrapper(
  "FilterObservation",
  (env: Env<RecordObservation, unknown, unknown, Mode>, options: FilterObservationOptions) =>
    new FilterObservation(env, options),
);

/** `FilterObservation` of every row. */
export class VectorFilterObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorTransformObservation<
  RecordObservation,
  RecordObservation,
  Act,
  Info,
  M
> {
  constructor(env: VectorEnv<BatchOf<RecordObservation>, Act, Info, M>, options: FilterObservationOptions) {
    const { keys } = parseOptions(FilterObservationConfig, options, "VectorFilterObservation");
    const { apply, space } = filter(env.singleObservationSpace, keys);
    super(env, apply, space);
  }
}

function filter(space: Space<unknown>, keys: readonly string[]): Transform<RecordObservation, RecordObservation> {
  if (!(space instanceof DictSpace)) {
    throw new ConfigError(`FilterObservation: observations must be records, got ${space.constructor.name}`);
  }
  const spaces: Readonly<Record<string, Space<unknown>>> = space.spaces;
  const missing = keys.find((key) => !Object.hasOwn(spaces, key));
  if (missing !== undefined) {
    throw new ConfigError(`FilterObservation: keys must be in [${Object.keys(spaces)}], got ${missing}`);
  }
  return { space: new DictSpace(pick(spaces, keys)), apply: (obs) => pick(obs, keys) };
}

function pick<T>(record: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => keys.includes(key)));
}
