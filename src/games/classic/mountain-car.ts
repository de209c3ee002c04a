import { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import { Box } from "../../env/spaces/box.ts";
import { Discrete } from "../../env/spaces/discrete.ts";
import type { Canvas, Point } from "./canvas.ts";
import { ClassicEnv } from "./classic-env.ts";
import { ClassicVectorConfig, ClassicVectorEnv } from "./classic-vector-env.ts";
import { RenderConfig } from "./render.ts";
import { resetBounds } from "./reset-bounds.ts";
import type { Task, TaskOutcome } from "./task.ts";

const MIN_POSITION = -1.2;
const MAX_POSITION = 0.6;
const MAX_SPEED = 0.07;
const GOAL_POSITION = 0.5;
const FORCE = 0.001;
const GRAVITY = 0.0025;

const COLOURS = { hill: [0, 0, 0], car: [52, 58, 70], wheel: [128, 134, 144], flag: [224, 190, 40] } as const;
const SIZE = { width: 600, height: 400 } as const;
const PIXELS_PER_METRE = SIZE.width / (MAX_POSITION - MIN_POSITION);
const HILL_LINES = 100;
const CAR = { width: 40, height: 20, clearance: 10, wheel: 8 } as const;
const FLAG_POLE = 50;

const MountainCarConfig = z.strictObject({
  goalVelocity: z.number().default(0).describe("the least speed that counts as an arrival at the flag"),
});

/** What makes a mountain-car task. */
export type MountainCarOptions = z.input<typeof MountainCarConfig>;

/** The options of `MountainCarEnv`. */
export const MountainCarEnvConfig = MountainCarConfig.extend(RenderConfig.shape);
const VectorConfig = MountainCarConfig.extend(ClassicVectorConfig.shape);

/**
 * A car in a valley, too weak to climb the hill at once, after Moore (1990); it accelerates to the left (0), not at all
 * (1) or to the right (2). State and observation: position in [-1.2, 0.6], velocity in [-0.07, 0.07]. It starts at rest
 * within `options.low` and `options.high` of `reset`, -0.6 and -0.4, costs 1 a step, and ends at the flag, 0.5.
 */
export class MountainCar implements Task<number> {
  readonly stateSize = 2;
  readonly observationSpace = new Box({
    low: [MIN_POSITION, -MAX_SPEED],
    high: [MAX_POSITION, MAX_SPEED],
    shape: [2],
    dtype: "float32",
  });
  readonly actionSpace = new Discrete(3);
  readonly metadata = { renderModes: ["rgb_array", "ansi"], renderFps: 30 };
  readonly size = SIZE;
  readonly #goalVelocity: number;

  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: MountainCarOptions = {}) {
    this.#goalVelocity = parseOptions(MountainCarConfig, options, "MountainCar").goalVelocity;
  }

  begin(states: Float64Array, row: number, rng: Rng, options: Readonly<Record<string, unknown>>): void {
    const [low, high] = resetBounds(options, -0.6, -0.4);
    states[row * 2] = low + rng.uniform() * (high - low);
    states[row * 2 + 1] = 0;
  }

  advance(states: Float64Array, row: number, action: number, { rewards, terminated }: TaskOutcome): void {
    const at = row * 2;
    const old = Number(states[at]);
    const pull = (action - 1) * FORCE + Math.cos(3 * old) * -GRAVITY;
    const velocity = clip(Number(states[at + 1]) + pull, -MAX_SPEED, MAX_SPEED);
    const position = clip(old + velocity, MIN_POSITION, MAX_POSITION);
    const isStopped = position === MIN_POSITION && velocity < 0;
    states[at] = position;
    states[at + 1] = isStopped ? 0 : velocity;
    rewards[row] = -1;
    terminated[row] = position >= GOAL_POSITION && velocity >= this.#goalVelocity ? 1 : 0;
  }

  observe(states: Float64Array, row: number, obs: Float32Array): void {
    obs[row * 2] = Number(states[row * 2]);
    obs[row * 2 + 1] = Number(states[row * 2 + 1]);
  }

  paint(canvas: Canvas, [position = 0]: Float64Array): void {
    for (let i = 0; i < HILL_LINES; i++) {
      canvas.line(hillAt(i / HILL_LINES), hillAt((i + 1) / HILL_LINES), 1, COLOURS.hill);
    }
    paintCar(canvas, position);
    const [x, y] = hillAt((GOAL_POSITION - MIN_POSITION) / (MAX_POSITION - MIN_POSITION));
    const top = y + FLAG_POLE;
    canvas.line([x, y], [x, top], 1, COLOURS.hill);
    canvas.polygon(
      [
        [x, top],
        [x, top - 10],
        [x + 25, top - 5],
      ],
      COLOURS.flag,
    );
  }
}

function clip(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The point of the hill's line at a share of the picture's width. */
function hillAt(share: number): Point {
  const position = MIN_POSITION + share * (MAX_POSITION - MIN_POSITION);
  return [share * SIZE.width, (Math.sin(3 * position) * 0.45 + 0.55) * PIXELS_PER_METRE];
}

function paintCar(canvas: Canvas, position: number): void {
  const [x, y] = hillAt((position - MIN_POSITION) / (MAX_POSITION - MIN_POSITION));
  const slope = Math.cos(3 * position);
  const [cos, sin] = [Math.cos(slope), Math.sin(slope)];
  const place = (along: number, up: number): Point => [
    x + along * cos - up * sin,
    y + CAR.clearance + along * sin + up * cos,
  ];
  const half = CAR.width / 2;
  canvas.polygon([place(-half, 0), place(-half, CAR.height), place(half, CAR.height), place(half, 0)], COLOURS.car);
  canvas.circle(place(-half / 2, 0), CAR.wheel, COLOURS.wheel);
  canvas.circle(place(half / 2, 0), CAR.wheel, COLOURS.wheel);
}

/** `MountainCar` as one environment: observations float32 [2], actions 0, 1 and 2. */
export class MountainCarEnv extends ClassicEnv<number> {
  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: z.input<typeof MountainCarEnvConfig> = {}) {
    const { renderMode, ...task } = parseOptions(MountainCarEnvConfig, options, "MountainCarEnv");
    super(new MountainCar(task), { renderMode });
  }
}

/** `MountainCar` as a batch: observations float32 [B, 2], actions int32 [B]. */
export class MountainCarVectorEnv extends ClassicVectorEnv<number> {
  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: z.input<typeof VectorConfig> = {}) {
    const { numEnvs, maxEpisodeSteps, autoresetMode, renderMode, ...task } = parseOptions(
      VectorConfig,
      options,
      "MountainCarVectorEnv",
    );
    super(new MountainCar(task), { numEnvs, maxEpisodeSteps, autoresetMode, renderMode });
  }
}
