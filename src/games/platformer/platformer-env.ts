import { z } from "zod";

import { ResetNeededError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import { Rng } from "../../core/rng.ts";
import { RngState } from "../../core/rng.ts";
import { drawAnsi } from "../../env/ansi.ts";
import { BaseEnv } from "../../env/base-env.ts";
import type { EnvMetadata, RenderFrame, ResetResult, StepResult } from "../../env/env.ts";
import { Box } from "../../env/spaces/box.ts";
import { Discrete } from "../../env/spaces/discrete.ts";
import { ACTIONS, startGame, stepGame } from "./game.ts";
import type { GameState } from "./game.ts";
import { generateLevel } from "./generate-level.ts";
import { DIFFICULTIES } from "./level.ts";
import type { Difficulty, Level } from "./level.ts";
import { toRgb } from "./rgb.ts";
import { Scene, VIEW } from "./scene.ts";

/** The first and the last level to train on. */
export const TRAINING_LEVELS = [0, 9_999] as const;
/** The first and the last level to choose settings on: nothing is trained on them, and no published result is of them. */
export const VALIDATION_LEVELS = [20_000, 29_999] as const;
/** The first and the last level to test on; nothing is trained on levels from 1,000,000 on. */
export const TEST_LEVELS = [1_000_000, 1_009_999] as const;

/** Steps, and so frames, a second at which the game is meant to be watched and played. */
export const FPS = 15;

const COIN_REWARD = 10;

const LevelNumber = z.int().nonnegative();

/** The options of the game, with ranges and defaults. */
export const PlatformerConfig = z.strictObject({
  difficulty: z.enum(DIFFICULTIES).default("easy").describe("how hard the levels are"),
  levels: z
    .tuple([LevelNumber, LevelNumber])
    .refine(([from, to]) => from <= to, "the first level must not exceed the last")
    .default([...TRAINING_LEVELS])
    .describe("the first and the last level that reset draws from"),
  horizon: z.int().positive().default(1000).describe("steps after which an episode is truncated"),
  renderMode: z.enum(["rgb_array", "ansi"]).nullable().default(null).describe("what render returns"),
  renderScale: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("width and height of a pixel in what render returns as pixels"),
});

/** Options of the game; each has a default. */
export type PlatformerOptions = z.input<typeof PlatformerConfig>;

const GameStateSchema: z.ZodType<GameState> = z.strictObject({
  x: z.int(),
  y: z.int(),
  vy: z.int(),
  facing: z.union([z.literal(1), z.literal(-1)]),
  isRunning: z.boolean(),
  isDucking: z.boolean(),
  steps: z.int().nonnegative(),
  defeated: z.int(),
  outcome: z.enum(["playing", "coin", "died"]),
});

const PlatformerStateSchema = z.strictObject({
  level: LevelNumber,
  difficulty: z.enum(DIFFICULTIES),
  game: GameStateSchema,
  rng: RngState.describe("the stream that later levels are drawn from"),
});

/** Everything that an environment needs to go on exactly, as plain JSON. */
export type PlatformerState = z.infer<typeof PlatformerStateSchema>;

const ResetOptions = z.strictObject({ level: LevelNumber.optional(), state: PlatformerStateSchema.optional() });

/** What is true beside what is seen: (x, y) is the hero's top left pixel in the level, y downwards. */
export type PlatformerInfo = {
  readonly level: number;
  readonly difficulty: Difficulty;
  readonly x: number;
  readonly y: number;
  readonly steps: number;
  readonly coin: boolean;
  readonly died: boolean;
};

/** A level and how it stands: all that there is to know of a game. */
export type Game = { readonly level: Level; readonly state: GameState };

/**
 * `Platformer-v0`: run, jump and duck to the coin at the far end of a level.
 *
 * Observations are 64x64 RGB pixels, uint8 [64, 64, 3]; the actions are `ACTIONS`, by number. The coin pays 10; coin and
 * death terminate, and `horizon` steps truncate. `reset` draws a level from `levels`, `reset({ options: { level } })`
 * chooses one. Nothing but that draw is random.
 */
export class PlatformerEnv extends BaseEnv<Uint8Array, number, PlatformerInfo> {
  override readonly metadata: EnvMetadata = { renderModes: ["rgb_array", "ansi"], renderFps: FPS };
  override readonly renderMode: "rgb_array" | "ansi" | null;
  readonly observationSpace = new Box({ low: 0, high: 255, shape: [VIEW, VIEW, 3], dtype: "uint8" });
  readonly actionSpace = new Discrete(ACTIONS.length);
  readonly actionNames: readonly string[] = ACTIONS.map(({ name }) => name);
  readonly #config: z.output<typeof PlatformerConfig>;
  #scene: Scene | null = null;
  #game: GameState | null = null;

  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: PlatformerOptions = {}) {
    super();
    this.#config = parseOptions(PlatformerConfig, options, "PlatformerEnv");
    this.renderMode = this.#config.renderMode;
  }

  /** The present game, for players that know more than what is seen. @throws ResetNeededError before the first reset. */
  get game(): Game {
    const { scene, state } = this.#present("game");
    return { level: scene.level, state };
  }

  /** The exact state, to keep or to branch from. @throws ResetNeededError before the first reset. */
  getState(): PlatformerState {
    const { scene, state } = this.#present("getState");
    const { number, difficulty } = scene.level;
    return { level: number, difficulty, game: state, rng: this.rng.getState() };
  }

  /**
   * Goes on exactly where `state` was taken, in this environment or another. The seed of its random stream is not known
   * from then on.
   * @throws ConfigError for what is no state.
   */
  setState(state: PlatformerState): void {
    this.reset({ options: { state } });
  }

  protected override begin(options: Readonly<Record<string, unknown>>): ResetResult<Uint8Array, PlatformerInfo> {
    const { level, state } = parseOptions(ResetOptions, options, "reset");
    const { difficulty, levels } = this.#config;
    if (state === undefined) {
      const [from, to] = levels;
      this.#open(level ?? from + this.rng.integer(to - from + 1), difficulty);
    } else {
      this.#open(state.level, state.difficulty).#game = state.game;
      this.rng = Rng.fromState(state.rng);
    }
    const { scene, state: game } = this.#present("reset");
    return [toRgb(scene.draw(game)), infoOf(scene.level, game)];
  }

  protected override advance(action: number): StepResult<Uint8Array, PlatformerInfo> {
    const { scene, state } = this.#present("step");
    const { horizon } = this.#config;
    // A state that was saved at the end of an episode can be looked at, but not gone on from.
    if (state.outcome !== "playing" || state.steps >= horizon) {
      throw new ResetNeededError("step: the episode of the restored state is over - call reset first");
    }
    const next = stepGame(scene.level, state, action);
    this.#game = next;
    const reward = next.outcome === "coin" ? COIN_REWARD : 0;
    const terminated = next.outcome !== "playing";
    return [toRgb(scene.draw(next)), reward, terminated, next.steps >= horizon, infoOf(scene.level, next)];
  }

  protected override draw(): RenderFrame {
    if (this.renderMode === null) return null;
    const { scene, state } = this.#present("render");
    const { renderScale } = this.#config;
    const scale = this.renderMode === "ansi" ? 1 : renderScale;
    const side = VIEW * scale;
    const frame = { data: toRgb(scene.draw(state), scale), count: 1, height: side, width: side };
    return this.renderMode === "ansi" ? drawAnsi(frame) : frame;
  }

  /** Puts the hero at the start of a level. A level that is there already is not made again. */
  #open(number: number, difficulty: Difficulty): this {
    const present = this.#scene?.level;
    if (this.#scene === null || present?.number !== number || present.difficulty !== difficulty) {
      this.#scene = new Scene(generateLevel(number, difficulty));
    }
    this.#game = startGame(this.#scene.level);
    return this;
  }

  #present(where: string): { readonly scene: Scene; readonly state: GameState } {
    if (this.#scene !== null && this.#game !== null) return { scene: this.#scene, state: this.#game };
    throw new ResetNeededError(`${where}: no episode has begun - call reset first`);
  }
}

function infoOf({ number, difficulty }: Level, { x, y, steps, outcome }: GameState): PlatformerInfo {
  return { level: number, difficulty, x, y, steps, coin: outcome === "coin", died: outcome === "died" };
}
