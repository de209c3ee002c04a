import { z } from "zod";

import { ConfigError, ShapeError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo, RenderFrame, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { Box } from "../spaces/box.ts";
import { DictSpace } from "../spaces/dict.ts";
import type { Space } from "../spaces/space.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { EnvLayer } from "../wrapper.ts";
import { expectFrames, expectPixels } from "./frame-watcher.ts";

const AddRenderObservationConfig = z.strictObject({
  size: z.tuple([z.int().positive(), z.int().positive()]).describe("height and width of what the environment renders"),
  renderOnly: z.boolean().default(true).describe("show the picture instead of the observation, not beside it"),
  renderKey: z.string().min(1).default("pixels").describe("the record's key of the picture"),
  obsKey: z.string().min(1).default("state").describe("the key of an observation that is no record itself"),
});
/** What a user writes. */
export type AddRenderObservationOptions = z.input<typeof AddRenderObservationConfig>;

/** The picture, uint8 [H, W, 3], or a record with it. */
export type WithPicture = Uint8Array | Readonly<Record<string, unknown>>;

/**
 * Shows what the environment renders: instead of its observation, or beside it in a record. The size of the pictures is
 * given, because an environment renders nothing before its first reset.
 */
export class AddRenderObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends EnvLayer<
  WithPicture,
  Act,
  Info,
  M,
  Env<unknown, Act, Info, M>
> {
  readonly observationSpace: Space<WithPicture>;
  readonly #config: z.infer<typeof AddRenderObservationConfig>;

  /** @throws ConfigError unless the environment renders pixels, and for a key that its records have. */
  constructor(env: Env<unknown, Act, Info, M>, options: AddRenderObservationOptions) {
    super(env);
    expectPixels(env.renderMode, "AddRenderObservation");
    this.#config = parseOptions(AddRenderObservationConfig, options, "AddRenderObservation");
    const { size, renderOnly, renderKey, obsKey } = this.#config;
    const picture = new Box({ low: 0, high: 255, shape: [...size, 3], dtype: "uint8" });
    const inner = env.observationSpace;
    const spaces: Readonly<Record<string, Space<unknown>>> =
      inner instanceof DictSpace ? inner.spaces : { [obsKey]: inner };
    if (!renderOnly && renderKey in spaces) {
      throw new ConfigError(`AddRenderObservation: renderKey must be new to the observation, got ${renderKey}`);
    }
    this.observationSpace = renderOnly
      ? picture
      : new DictSpace<Readonly<Record<string, unknown>>>({ ...spaces, [renderKey]: picture });
    this.record("AddRenderObservation", this.#config);
  }

  get actionSpace(): Space<Act> {
    return this.env.actionSpace;
  }

  reset(args?: ResetArgs): Reply<ResetResult<WithPicture, Info>, M> {
    return andThen<ResetResult<unknown, Info>, ResetResult<WithPicture, Info>, M>(this.env.reset(args), ([obs, info]) =>
      this.#withPicture(obs, (shown) => [shown, info]),
    );
  }

  step(action: Act): Reply<StepResult<WithPicture, Info>, M> {
    return andThen<StepResult<unknown, Info>, StepResult<WithPicture, Info>, M>(
      this.env.step(action),
      ([obs, ...rest]) => this.#withPicture(obs, (shown) => [shown, ...rest]),
    );
  }

  #withPicture<T>(obs: unknown, result: (shown: WithPicture) => T): Reply<T, M> {
    return andThen<RenderFrame, T, M>(this.env.render(), (frame) => result(this.#join(obs, frame)));
  }

  #join(obs: unknown, frame: RenderFrame): WithPicture {
    const { size, renderOnly, renderKey, obsKey } = this.#config;
    const { data, height, width } = expectFrames(frame, "AddRenderObservation");
    if (height !== size[0] || width !== size[1]) {
      throw new ShapeError(`AddRenderObservation: pictures must be [${size}], got [${height}, ${width}] - change size`);
    }
    if (renderOnly) return data;
    const isRecord = this.env.observationSpace instanceof DictSpace && typeof obs === "object";
    return { ...(isRecord ? obs : { [obsKey]: obs }), [renderKey]: data };
  }
}

registerWrapper(
  "AddRenderObservation",
  (env, options: AddRenderObservationOptions) => new AddRenderObservation(env, options),
);
