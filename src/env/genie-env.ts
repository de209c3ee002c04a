import { ConfigError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import type { Rng } from "../core/rng.ts";
import type { WorldModel } from "../model/world-model.ts";
import { describe, describeEnv } from "./describe.ts";
import { expectPlan } from "./dream.ts";
import type { Dream } from "./dream.ts";
import type { AsyncEnv, EnvMetadata, RenderFrame, RenderMode, ResetResult, StepResult } from "./env.ts";
import { onlyInfo } from "./genie-info.ts";
import type { GenieInfo } from "./genie-info.ts";
import { LoadConfig, parseEnvOptions } from "./genie-options.ts";
import type { GenieEnvOptions, GenieResetArgs } from "./genie-options.ts";
import { openVectorEnv } from "./genie-vector-env.ts";
import type { GenieRowState, GenieVectorEnv } from "./genie-vector-env.ts";
import type { Observation, ObservationMode, ObservationOf } from "./observation.ts";
import type { Prompt } from "./prompt.ts";
import { readRow } from "./spaces/batching.ts";
import type { Discrete } from "./spaces/discrete.ts";
import type { Space } from "./spaces/space.ts";
import type { EnvSpec } from "./spec.ts";
import { invalidAction } from "./vector/actions.ts";

/** `GenieEnv.load`'s options: those of the environment, what runs the world and how, and the bytes it may take. */
export type LoadOptions = GenieEnvOptions & {
  readonly engine?: string | undefined;
  /** What products with weights are computed in: `"float32"` (default), or with the engine onnx `"int8"`, which is faster. */
  readonly precision?: "float32" | "int8" | undefined;
  /** What differs from the world's own way of sampling: refinement steps, temperature, order. */
  readonly sampling?:
    | {
        readonly steps?: number | undefined;
        readonly temperature?: number | undefined;
        readonly unmask?: "confidence" | "random" | undefined;
      }
    | undefined;
  readonly memoryLimit?: number | undefined;
};

type NoOptions = { readonly numEnvs?: undefined };
type OptionOf<O, Key extends keyof LoadOptions> = Key extends keyof O ? O[Key] : undefined;

type ObservationFor<O> = [OptionOf<O, "observation">] extends [infer M extends ObservationMode]
  ? ObservationOf[M]
  : [OptionOf<O, "observation">] extends [undefined]
    ? Uint8Array
    : Observation;

/** The environment that these options make: a batch when they name `numEnvs`, else a single one. */
export type EnvFor<O> = [OptionOf<O, "numEnvs">] extends [number]
  ? GenieVectorEnv<ObservationFor<O>>
  : [OptionOf<O, "numEnvs">] extends [undefined]
    ? GenieEnv<ObservationFor<O>>
    : GenieEnv<ObservationFor<O>> | GenieVectorEnv<ObservationFor<O>>;

type AnyGenieEnv = GenieEnv<Observation> | GenieVectorEnv<Observation>;

/**
 * A learnt world as an environment: `reset(image)` starts from any picture, `step(latentAction)` predicts the next
 * frame. The view of one row of a `GenieVectorEnv` that never resets by itself.
 */
export class GenieEnv<Obs extends Observation = Uint8Array>
  implements AsyncEnv<Obs, number, GenieInfo>, AsyncDisposable, Disposable
{
  readonly mode = "async";
  readonly metadata: EnvMetadata;
  readonly renderMode: RenderMode;
  spec: EnvSpec | null = null;
  /** What each latent action is called: the world's names, else its numbers. */
  readonly actionNames: readonly string[];
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Discrete;
  readonly #batch: GenieVectorEnv<Obs>;

  constructor(batch: GenieVectorEnv<Obs>) {
    this.#batch = batch;
    this.metadata = { renderModes: batch.metadata.renderModes, renderFps: batch.metadata.renderFps };
    this.renderMode = batch.renderMode;
    this.actionNames = batch.actionNames;
    this.observationSpace = batch.singleObservationSpace;
    this.actionSpace = batch.singleActionSpace;
  }

  /**
   * Loads a world, by the name of a bundled one or by its folder, and opens an environment on it.
   * @throws CheckpointError for a world that cannot be read; ConfigError for options that break a rule, and
   * for more environments than fit into memory.
   */
  static load<const O extends LoadOptions = NoOptions>(world: string, options?: O): Promise<EnvFor<O>>;
  static async load(nameOrFolder: string, given: LoadOptions = {}): Promise<AnyGenieEnv> {
    parseOptions(LoadConfig, given, "GenieEnv");
    const { engine, precision, sampling, memoryLimit, ...options } = given;
    if (typeof nameOrFolder !== "string") {
      throw new ConfigError(`GenieEnv.load: the world must be a name or a folder, got ${describe(nameOrFolder)}`);
    }
    const { loadWorld } = await import("../model/load-world.ts");
    const world = await loadWorld(nameOrFolder, { engine, precision, sampling, memoryLimit });
    try {
      return await openEnv(world, options, () => world.close());
    } catch (error) {
      world.close();
      throw error;
    }
  }

  /** Opens an environment on a world, which stays the caller's to close. */
  static fromWorld<const O extends GenieEnvOptions = NoOptions>(world: WorldModel, options?: O): Promise<EnvFor<O>>;
  static async fromWorld(world: WorldModel, options: GenieEnvOptions = {}): Promise<AnyGenieEnv> {
    return openEnv(world, options, () => {});
  }

  /**
   * Starts an episode, from an image (path, bytes or RGB), else from one of the option `prompts`, else of the world's, else as
   * last time.
   * @throws ConfigError for arguments that break a rule; DataError for an image that cannot be read.
   */
  async reset(given?: Prompt | GenieResetArgs<number>): Promise<ResetResult<Obs, GenieInfo>> {
    const [obs, info] = await this.#batch.reset(given);
    return [readRow(this.observationSpace, obs, 0), onlyInfo(info)];
  }

  /**
   * Predicts the frame after a latent action in [0, actionSpace.n).
   * @throws InvalidActionError for any other action; ResetNeededError before `reset` and after the end. Neither changes
   * the state.
   */
  async step(action: number): Promise<StepResult<Obs, GenieInfo>> {
    if (!this.actionSpace.contains(action)) throw invalidAction(this.actionSpace, action);
    const [obs, rewards, terminated, truncated, info] = await this.#batch.step([action]);
    const [only, isTerminated, isTruncated] = [readRow(this.observationSpace, obs, 0), terminated[0], truncated[0]];
    return [only, Number(rewards[0]), isTerminated === 1, isTruncated === 1, onlyInfo(info)];
  }

  /**
   * Plays steps one after another and reads what came of them once, at the end (`GenieVectorEnv.imagine`): arrays have one
   * row.
   * @throws InvalidActionError and ResetNeededError as `step`; neither changes the state.
   */
  async imagine(actions: readonly number[]): Promise<Dream> {
    expectPlan(actions);
    return this.#batch.imagine(actions.map((action) => [action]));
  }

  get unwrapped(): this {
    return this;
  }

  /** The stream that steps draw from. */
  get rng(): Rng {
    return this.#batch.rngOf(0);
  }

  set rng(rng: Rng) {
    this.#batch.setRng(0, rng);
  }

  get rngSeed(): number {
    return this.#batch.rngSeeds[0] ?? -1;
  }

  /** The current frame as the render mode shows it; null without one. */
  render(): Promise<RenderFrame> {
    return this.#batch.render();
  }

  /** The exact state: `setState` continues from it bit for bit, here or in any environment of the same world. */
  async getState(): Promise<readonly GenieRowState[]> {
    return this.#batch.getState();
  }

  /**
   * Goes on from where a state was taken: in this environment, an earlier run, or a row of a batch of the same world.
   * @throws ConfigError or ShapeError for another number of states than one, or what is no state of this world's; nothing
   * has changed then.
   */
  async setState(state: readonly GenieRowState[]): Promise<void> {
    return this.#batch.setState(state);
  }

  close(): void {
    this.#batch.close();
  }

  toString(): string {
    return describeEnv(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes after the calls that are under way. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#batch[Symbol.asyncDispose]();
  }
}

async function openEnv(world: WorldModel, options: GenieEnvOptions, onClose: () => void): Promise<AnyGenieEnv> {
  const config = parseEnvOptions(options);
  if (config.numEnvs !== undefined) return openVectorEnv(world, config, onClose);
  return new GenieEnv(await openVectorEnv(world, { ...config, autoresetMode: "Disabled" }, onClose));
}
