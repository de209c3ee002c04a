import { z } from "zod";

import { ClosedError, ConfigError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";
import { parseOptions } from "../core/options.ts";
import { RngState } from "../core/rng.ts";
import type { Rng } from "../core/rng.ts";
import type { WorldModel, WorldStep } from "../model/world-model.ts";
import { drawAnsi } from "./ansi.ts";
import type { RenderFrame, RenderMode, ResetResult, AsyncVectorEnv, VectorStepResult } from "./env.ts";
import { Episodes, PHASES } from "./episodes.ts";
import type { EpisodeState } from "./episodes.ts";
import { batchInfo } from "./genie-info.ts";
import type { GenieBatchInfo, GenieVectorInfo } from "./genie-info.ts";
import { planGenieReset } from "./genie-options.ts";
import type { GenieEnvConfig, GenieResetArgs } from "./genie-options.ts";
import { OBSERVERS } from "./observation.ts";
import type { Observation, Observer } from "./observation.ts";
import { readPrompt, readPrompts } from "./prompt.ts";
import type { Prompt } from "./prompt.ts";
import { prepareReward } from "./rewards.ts";
import type { BeginScore } from "./rewards.ts";
import { Discrete } from "./spaces/discrete.ts";
import type { MultiDiscrete } from "./spaces/discrete.ts";
import type { Space } from "./spaces/space.ts";
import type { EnvSpec } from "./spec.ts";
import { actionBatch } from "./vector/actions.ts";
import { Turns } from "./vector/turns.ts";
import { WorldRows } from "./world-rows.ts";
import type { WorldRowState } from "./world-rows.ts";

/** What every row's state holds; its tensors are checked by the world. */
const RowEpisode = z.looseObject({
  phase: z.enum(PHASES),
  steps: z.int().nonnegative(),
  world: z.looseObject({}),
  rng: z.object({ prompt: RngState, step: RngState }),
});

/** Everything a row needs to continue exactly: the world's memory, the random stream, the prompt and the counters. */
export type GenieRowState = WorldRowState & EpisodeState;

/** Actions of a batch: integers in [0, numActions), one per row. */
export type BatchActions = Int32Array | readonly number[];

type Parts<Obs> = {
  readonly world: WorldModel;
  readonly rows: WorldRows;
  readonly prompts: readonly Frames[];
  readonly beginScore: BeginScore;
  readonly observer: Observer<Obs>;
  readonly config: GenieEnvConfig;
  readonly onClose: () => void;
};

/** Opens a batched environment on a world; `onClose` runs when it closes. */
export async function openVectorEnv(
  world: WorldModel,
  config: GenieEnvConfig,
  onClose: () => void,
): Promise<GenieVectorEnv<Observation>> {
  const choices = config.prompts ?? world.prompts ?? [];
  const prompts = await Promise.all(choices.map((prompt) => readPrompt(prompt, world.frameShape)));
  const beginScore = await prepareReward(config.rewardModel, world);
  const rows = new WorldRows(world, await world.open(config.numEnvs ?? 1), config.seed);
  return new GenieVectorEnv<Observation>({
    world,
    rows,
    prompts,
    beginScore,
    observer: OBSERVERS[config.observation],
    config,
    onClose,
  });
}

/**
 * Worlds side by side behind Gymnasium's vector interface. A row's trajectory depends on its seed, prompt and actions
 * only, whatever the size of the batch. Calls run one after another, in the order in which they were made.
 */
export class GenieVectorEnv<Obs extends Observation = Uint8Array>
  implements AsyncVectorEnv<Obs, BatchActions, GenieVectorInfo<Obs>>, AsyncDisposable, Disposable
{
  readonly numEnvs: number;
  readonly metadata;
  readonly renderMode: RenderMode;
  spec: EnvSpec | null = null;
  /** What each latent action is called: the world's names, else its numbers. */
  readonly actionNames: readonly string[];
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: MultiDiscrete;
  readonly singleObservationSpace: Space<Obs>;
  readonly singleActionSpace: Discrete;
  readonly #parts: Parts<Obs>;
  readonly #episodes: Episodes;
  readonly #turns = new Turns();
  #closed = false;

  constructor(parts: Parts<Obs>) {
    const { world, observer, config } = parts;
    this.#parts = parts;
    this.numEnvs = config.numEnvs ?? 1;
    this.metadata = {
      renderModes: ["rgb_array", "ansi"],
      renderFps: world.fps / config.frameSkip,
      autoresetMode: config.autoresetMode,
    } as const;
    this.renderMode = config.renderMode;
    this.actionNames = namesOfActions(world);
    this.singleObservationSpace = observer.space(world);
    this.observationSpace = observer.batchSpace(world, this.numEnvs);
    this.singleActionSpace = new Discrete(world.numActions);
    this.actionSpace = this.singleActionSpace.batch(this.numEnvs);
    this.#episodes = new Episodes(this.numEnvs, config.autoresetMode, config.horizon);
  }

  /**
   * Starts episodes: of all rows, or of those in `options.reset_mask`. Without an image a row starts from one of the
   * option `prompts`, else of the world's, else from its last image.
   * @throws ConfigError for arguments that do not fit; DataError for an image that cannot be read.
   */
  async reset(given?: Prompt | readonly Prompt[] | GenieResetArgs): Promise<ResetResult<Obs, GenieVectorInfo<Obs>>> {
    const { rows, seeds, image } = planGenieReset(given, this.numEnvs);
    return this.#inTurn(async () => {
      this.#episodes.expectStarted("reset", rows);
      const { world, rows: worldRows, prompts } = this.#parts;
      const images = image === undefined ? null : await readPrompts(image, this.numEnvs, world.frameShape);
      // A reset without any image is refused before a seed takes effect.
      if (images === null && prompts.length === 0) for (const row of rows) worldRows.lastPrompt(row);
      for (const row of rows) worldRows.seed(row, seeds[row] ?? null);
      await this.#start(rows, images);
      this.#episodes.start(rows);
      return [await this.#observe(), this.#info(null, rows)];
    });
  }

  /**
   * One step of every row.
   * @throws InvalidActionError for an action outside the space, ResetNeededError for a row without an episode; neither
   * changes any state.
   */
  async step(actions: BatchActions): Promise<VectorStepResult<Obs, GenieVectorInfo<Obs>>> {
    const latentActions = this.#latentActions(actions);
    return this.#inTurn(() => this.#step(latentActions));
  }

  get unwrapped(): this {
    return this;
  }

  /** The stream that a row's steps draw from. */
  rngOf(row: number): Rng {
    return this.#parts.rows.rng(row);
  }

  /** Replaces the stream of a row's steps by one whose seed nobody knows. */
  setRng(row: number, rng: Rng): void {
    this.#parts.rows.setRng(row, rng);
  }

  /** The seed of each row, -1 where it is not known. */
  get rngSeeds(): readonly number[] {
    return this.#allRows().map((row) => this.#parts.rows.seedOf(row));
  }

  /** The current frames as the render mode shows them; null without one. */
  async render(): Promise<RenderFrame> {
    return this.#inTurn(async () => {
      this.#episodes.expectStarted("render");
      if (this.renderMode === null) return null;
      const [height, width] = this.#parts.world.frameShape;
      const frames = { data: (await this.#parts.rows.pixels()).slice(), count: this.numEnvs, height, width };
      if (this.renderMode === "rgb_array") return frames;
      return Array.from({ length: this.numEnvs }, (_, row) => drawAnsi(frames, row)).join("\n\n");
    });
  }

  /** The exact state of every row; `setState` continues from it bit for bit. */
  async getState(): Promise<GenieRowState[]> {
    return this.#inTurn(async () => {
      this.#episodes.expectStarted("getState");
      const states: GenieRowState[] = [];
      for (const [row, episode] of this.#episodes.getState().entries()) {
        states.push({ ...episode, ...(await this.#parts.rows.getState(row)) });
      }
      return states;
    });
  }

  /**
   * Puts row `i` where `states[i]` was taken: in this environment, an earlier run, or another row (to branch).
   * @throws ConfigError for another number of states, or what is none; no row has changed then.
   */
  async setState(states: readonly GenieRowState[]): Promise<void> {
    if (states.length !== this.numEnvs) {
      throw new ConfigError(`setState: ${this.numEnvs} states are needed, one per row, got ${states.length}`);
    }
    const episodes = states.map((state, row) => parseOptions(RowEpisode, state, `setState: row ${row}`));
    return this.#inTurn(async () => {
      for (const [row, { phase: _phase, steps: _steps, ...world }] of states.entries()) {
        await this.#parts.rows.setState(row, world);
        this.#episodes.setState(row, episodes[row] ?? { phase: "fresh", steps: 0 });
      }
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.rows.close();
    this.#parts.onClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes after the calls that are under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.done();
    this.close();
  }

  async #step(actions: Int32Array): Promise<VectorStepResult<Obs, GenieVectorInfo<Obs>>> {
    const restarting = this.#episodes.beginStep();
    try {
      return await this.#stepRows(actions, restarting);
    } catch (error) {
      // A step that failed half-way leaves rows where nobody knows.
      this.#episodes.abandon();
      throw error;
    }
  }

  async #stepRows(
    actions: Int32Array,
    restarting: readonly number[],
  ): Promise<VectorStepResult<Obs, GenieVectorInfo<Obs>>> {
    const { rows, beginScore } = this.#parts;
    const score = await beginScore(rows, actions);
    const step = await this.#advance(actions, restarting);
    await this.#start(restarting, null);
    const { reward, terminated } = await score();
    for (const row of restarting) reward[row] = terminated[row] = 0;
    const truncated = new Uint8Array(this.numEnvs);
    this.#episodes.advance(terminated, truncated);
    return this.#endStep([await this.#observe(), reward, terminated, truncated, this.#info(step, restarting)], step);
  }

  /** Holds the actions for `frameSkip` frames. Null when every row is about to be reset: then no model runs. */
  async #advance(actions: Int32Array, idle: readonly number[]): Promise<WorldStep | null> {
    let step: WorldStep | null = null;
    for (let frame = 0; frame < this.#parts.config.frameSkip && idle.length < this.numEnvs; frame++) {
      step = await this.#parts.rows.advance(actions, idle);
    }
    return step;
  }

  /** Starts the rows that SameStep mode starts anew, and keeps what they ended with. */
  async #endStep(
    result: VectorStepResult<Obs, GenieBatchInfo>,
    step: WorldStep | null,
  ): Promise<VectorStepResult<Obs, GenieVectorInfo<Obs>>> {
    const ended = this.#episodes.endStep();
    if (ended.length === 0) return result;
    const [lastObs, reward, terminated, truncated, final_info] = result;
    await this.#start(ended, null);
    this.#episodes.start(ended);
    const mask = Uint8Array.from(this.#allRows(), (row) => (ended.includes(row) ? 1 : 0));
    const final_obs = this.#allRows().map((row) =>
      ended.includes(row) ? this.#parts.observer.row(lastObs, row, this.numEnvs) : null,
    );
    const final = { final_obs, _final_obs: mask, final_info, _final_info: mask.slice() };
    return [await this.#observe(), reward, terminated, truncated, { ...this.#info(step, ended), ...final }];
  }

  /** Starts rows from `images` (one per row of the batch), or from what each row's stream chooses. */
  async #start(rows: readonly number[], images: readonly Frames[] | null): Promise<void> {
    const { rows: worldRows, prompts } = this.#parts;
    const chosen = rows.map((row) => images?.[row] ?? worldRows.choosePrompt(row, prompts));
    await worldRows.reset(rows, chosen);
  }

  #observe(): Promise<Obs> {
    return this.#parts.observer.observe(this.#parts.rows);
  }

  #info(step: WorldStep | null, resetRows: readonly number[]): GenieBatchInfo {
    const frameIndex = this.#episodes.steps.map((steps) => steps * this.#parts.config.frameSkip);
    return batchInfo(frameIndex, step, resetRows, this.#parts.config.rewardModel !== undefined);
  }

  /** The actions as an array of our own, so that the caller may reuse theirs while the step waits its turn. */
  #latentActions(actions: BatchActions): Int32Array {
    return Int32Array.from(actionBatch<number>(this, actions));
  }

  #allRows(): number[] {
    return Array.from({ length: this.numEnvs }, (_, row) => row);
  }

  /** Runs `work` when the calls before it are done: an engine takes one step at a time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.run(() => {
      if (this.#closed) throw new ClosedError("GenieEnv: the environment is closed");
      return work();
    });
  }
}

function namesOfActions(world: WorldModel & { readonly actionNames?: readonly string[] }): readonly string[] {
  return world.actionNames ?? Array.from({ length: world.numActions }, (_, action) => String(action));
}
