import { z } from "zod";

import { ConfigError, ResetNeededError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";
import { parseOptions } from "../core/options.ts";
import { RngState } from "../core/rng.ts";
import type { Rng } from "../core/rng.ts";
import type { Seen, WorldModel } from "../model/world-model.ts";
import { drawAnsi } from "./ansi.ts";
import { describe } from "./describe.ts";
import { expectPlan, toDream } from "./dream.ts";
import type { Dream } from "./dream.ts";
import type { RenderFrame, ResetResult, VectorResetArgs } from "./env.ts";
import { PHASES } from "./episodes.ts";
import type { EpisodeState } from "./episodes.ts";
import { rowInfo } from "./genie-info.ts";
import type { GenieInfo, GenieVectorInfo } from "./genie-info.ts";
import { GenieResetOptions, withImage } from "./genie-options.ts";
import type { GenieEnvConfig, GenieResetArgs } from "./genie-options.ts";
import { GeniePlayer } from "./genie-player.ts";
import { OBSERVERS } from "./observation.ts";
import type { Observation, Observer } from "./observation.ts";
import { readPrompt, readPrompts } from "./prompt.ts";
import type { Prompt } from "./prompt.ts";
import { prepareReward } from "./rewards.ts";
import { Discrete } from "./spaces/discrete.ts";
import type { MultiDiscrete } from "./spaces/discrete.ts";
import type { BatchOf } from "./spaces/rows.ts";
import { actionBatch } from "./vector/actions.ts";
import { BaseVectorEnv } from "./vector/base-vector-env.ts";
import type { BatchOutcome, StepWork } from "./vector/base-vector-env.ts";
import type { ResetPlan } from "./vector/reset-plan.ts";
import { Turns } from "./vector/turns.ts";
import { WorldRows } from "./world-rows.ts";
import type { WorldRowState } from "./world-rows.ts";

/** What every row's state holds; `WorldRows` checks its tensors and its prompt. */
const RowEpisode = z.looseObject({
  phase: z.enum(PHASES),
  steps: z.int().nonnegative(),
  world: z.looseObject({}),
  rng: z.object({ prompt: RngState, step: RngState }),
  prompt: z.looseObject({}),
});

/** Everything a row needs to continue exactly: the world's memory, the random stream, the prompt and the counters. */
export type GenieRowState = WorldRowState & EpisodeState;

/** Actions of a batch: integers in [0, numActions), one per row. */
export type BatchActions = Int32Array | readonly number[];

type Parts<Obs> = {
  readonly world: WorldModel;
  readonly rows: WorldRows;
  readonly prompts: readonly Frames[];
  readonly player: GeniePlayer;
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
  const scorer = await prepareReward(config.rewardModel, world);
  const rows = new WorldRows(world, await world.open(config.numEnvs ?? 1), config.seed);
  return new GenieVectorEnv<Observation>({
    world,
    rows,
    prompts,
    player: new GeniePlayer(rows, scorer, config.frameSkip),
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
  extends BaseVectorEnv<Obs, number, "async", GenieVectorInfo<Obs>>
  implements AsyncDisposable
{
  readonly mode = "async";
  declare readonly actionSpace: MultiDiscrete;
  declare readonly singleActionSpace: Discrete;
  /** What each latent action is called: the world's names, else its numbers. */
  readonly actionNames: readonly string[];
  readonly #parts: Parts<Obs>;
  readonly #turns = new Turns();

  constructor(parts: Parts<Obs>) {
    const { world, observer, config } = parts;
    const template = {
      observationSpace: observer.space(world),
      actionSpace: new Discrete(world.numActions),
      metadata: { renderModes: ["rgb_array", "ansi"], renderFps: world.fps / config.frameSkip },
      renderMode: config.renderMode,
    };
    const { numEnvs = 1, autoresetMode, horizon = null } = config;
    super(template, { numEnvs, autoresetMode, maxEpisodeSteps: horizon });
    this.#parts = parts;
    this.actionNames = namesOfActions(world);
  }

  /**
   * Starts episodes: of all rows, or of those in `options.reset_mask`. Without an image a row starts from one of the
   * option `prompts`, else of the world's, else from its last image.
   * @throws ConfigError for arguments that do not fit; DataError for an image that cannot be read.
   */
  override async reset(
    given?: Prompt | readonly Prompt[] | GenieResetArgs,
  ): Promise<ResetResult<BatchOf<Obs>, GenieVectorInfo<Obs>>> {
    return super.reset(withImage(given));
  }

  /**
   * Plays steps one after another, `plan` holding the actions of each, and reads what came of them once, at the end: on a GPU
   * nothing waits for anything in between. The same frames, rewards and ends as by `step`, but no row starts anew: one that
   * ends dreams on, and has ended afterwards.
   * @throws InvalidActionError as `step`; ResetNeededError unless every row is within an episode. Nothing has changed then.
   */
  async imagine(plan: readonly BatchActions[]): Promise<Dream> {
    const prepare = (): Int32Array[] => {
      this.expectIdle("imagine");
      expectPlan(plan);
      return plan.map((actions) => Int32Array.from(actionBatch<number>(this, actions)));
    };
    return this.inTurn(prepare, async (steps) => {
      this.expectOpen("imagine");
      this.#expectRunning();
      const { player, observer, config } = this.#parts;
      this.isHalfway = true;
      const look = { ...observer.look, tokens: true, confidence: true };
      const played = await player.play(steps, [], look);
      this.isHalfway = false;
      return toDream(played, look, this.episodes, config.horizon ?? Infinity);
    });
  }

  #expectRunning(): void {
    this.episodes.expectStarted("imagine");
    const ended = Array.from({ length: this.numEnvs }, (_, row) => row).find((row) => this.episodes.hasEnded(row));
    if (ended === undefined) return;
    throw new ResetNeededError(`imagine: the episode of environment ${ended} is over - call reset first, or step`);
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
    return Array.from({ length: this.numEnvs }, (_, row) => this.#parts.rows.seedOf(row));
  }

  /**
   * The exact state of every row, or of `rows` in their order; `setState` continues from it bit for bit. What it is does not
   * change when the environment goes on.
   * @throws ConfigError or ShapeError for rows that there are not or that occur twice.
   */
  getState(rows?: readonly number[]): Promise<GenieRowState[]> {
    return this.whenOpen("getState", async () => {
      this.episodes.expectStarted("getState");
      const episodes = this.episodes.getState();
      const wanted = rows ?? [...episodes.keys()];
      const states = await this.#parts.rows.getStates(wanted);
      return states.flatMap((state, i) => {
        const episode = episodes[wanted[i] ?? -1];
        return episode ? [{ ...episode, ...state }] : [];
      });
    });
  }

  /**
   * Puts row `i` where `states[i]` was taken: in this environment, an earlier run, or another row (to branch).
   * @throws ConfigError or ShapeError for another number of states, or what is no state of this world's; no row has
   * changed then.
   */
  setState(states: readonly GenieRowState[]): Promise<void> {
    return this.whenOpen("setState", async () => {
      const episodes = expectStates(states, this.numEnvs);
      const { rows } = this.#parts;
      for (const [row, state] of states.entries()) await rows.expectState(state, `setState: row ${row}`);
      await rows.setStates(states);
      for (const [row, episode] of episodes.entries()) this.episodes.setState(row, episode);
    });
  }

  /** Closes after the calls that are under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAfter(this.#turns.done());
  }

  protected override planReset(args: VectorResetArgs): ResetPlan {
    const plan = super.planReset(args);
    return { ...plan, options: parseOptions(GenieResetOptions, plan.options, "reset") };
  }

  protected override async startRows({ rows, seeds, options }: ResetPlan): Promise<readonly GenieInfo[]> {
    const { world, rows: worldRows, prompts } = this.#parts;
    const { image } = GenieResetOptions.parse(options);
    const images = image === undefined ? null : await readPrompts(image, this.numEnvs, world.frameShape);
    // A reset without any image is refused before a seed takes effect.
    if (images === null && prompts.length === 0) for (const row of rows) worldRows.lastPrompt(row);
    for (const row of rows) worldRows.seed(row, seeds[row] ?? null);
    await this.#start(rows, images);
    return rows.map((row) => this.#info(row, 0, null));
  }

  protected override prepareStep(actions: BatchActions): StepWork<"async"> {
    const latentActions = Int32Array.from(actionBatch<number>(this, actions));
    return (restarting, outcome) => this.#stepRows(latentActions, restarting, outcome);
  }

  protected override observe(): Promise<BatchOf<Obs>> {
    return this.#parts.observer.observe(this.#parts.rows);
  }

  protected override async draw(): Promise<RenderFrame> {
    if (this.renderMode === null) return null;
    const [height, width] = this.#parts.world.frameShape;
    const frames = { data: (await this.#parts.rows.pixels()).slice(), count: this.numEnvs, height, width };
    if (this.renderMode === "rgb_array") return frames;
    return Array.from({ length: this.numEnvs }, (_, row) => drawAnsi(frames, row)).join("\n\n");
  }

  protected override free(): void {
    this.#parts.rows.close();
    this.#parts.onClose();
  }

  protected override async inTurn<P, T>(prepare: () => P, work: (prepared: P) => Promise<T>): Promise<T> {
    const prepared = prepare();
    return this.#turns.run(() => work(prepared));
  }

  async #stepRows(
    actions: Int32Array,
    restarting: readonly number[],
    { rewards, terminated }: BatchOutcome,
  ): Promise<readonly GenieInfo[]> {
    const { steps } = this.episodes;
    const { player, observer, config } = this.#parts;
    const [played] = await player.play([actions], restarting, observer.look);
    if (played) {
      rewards.set(played.earned.reward);
      terminated.set(played.earned.terminated);
    }
    await this.#start(restarting, null);
    for (const row of restarting) rewards[row] = terminated[row] = 0;
    return Array.from(steps, (before, row) =>
      restarting.includes(row)
        ? this.#info(row, 0, null)
        : this.#info(row, (before + 1) * config.frameSkip, played?.seen ?? null),
    );
  }

  /** Starts rows from `images` (one per row of the batch), or from what each row's stream chooses. */
  async #start(rows: readonly number[], images: readonly Frames[] | null): Promise<void> {
    const { rows: worldRows, prompts } = this.#parts;
    const chosen = rows.map((row) => images?.[row] ?? worldRows.choosePrompt(row, prompts));
    await worldRows.reset(rows, chosen);
  }

  #info(row: number, frameIndex: number, seen: Seen | null): GenieInfo {
    return rowInfo(row, frameIndex, seen, this.#parts.config.rewardModel !== undefined);
  }
}

/** The counters in states, one per row. @throws ConfigError for another number of states, and for what is none. */
function expectStates(states: unknown, numEnvs: number): EpisodeState[] {
  const list: readonly unknown[] = Array.isArray(states) ? states : [];
  if (list.length !== numEnvs) {
    throw new ConfigError(`setState: ${numEnvs} states are needed, one per row, got ${describe(states)}`);
  }
  return list.map((state, row) => parseOptions(RowEpisode, state, `setState: row ${row}`));
}

function namesOfActions(world: WorldModel & { readonly actionNames?: readonly string[] }): readonly string[] {
  return world.actionNames ?? Array.from({ length: world.numActions }, (_, action) => String(action));
}
