import { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import { Box } from "../../env/spaces/box.ts";
import type { Canvas, Point } from "./canvas.ts";
import { ClassicEnv } from "./classic-env.ts";
import { ClassicVectorConfig, ClassicVectorEnv } from "./classic-vector-env.ts";
import { RenderConfig } from "./render.ts";
import { expectKnownKeys } from "../../env/known-keys.ts";
import { numberOption } from "./reset-bounds.ts";
import type { Task, TaskOutcome } from "./task.ts";

const MAX_SPEED = 8;
const MAX_TORQUE = 2;
/** Seconds between two states. The pendulum is 1 metre long and weighs 1 kilogram. */
const DT = 0.05;
const TURN = 2 * Math.PI;

const COLOURS = { rod: [203, 82, 76], axle: [0, 0, 0] } as const;
const SIZE = { width: 500, height: 500 } as const;
const CENTRE: Point = [SIZE.width / 2, SIZE.height / 2];
const PIXELS_PER_METRE = SIZE.height / 4.4;

const PendulumConfig = z.strictObject({ g: z.number().default(10).describe("gravity, in metres per second squared") });

/** What makes a pendulum task. */
export type PendulumOptions = z.input<typeof PendulumConfig>;

/** The options of `PendulumEnv`. */
export const PendulumEnvConfig = PendulumConfig.extend(RenderConfig.shape);
const VectorConfig = PendulumConfig.extend(ClassicVectorConfig.shape);

/**
 * A rod that turns about one end and is to be swung up by a torque in [-2, 2] newton metres.
 * State: angle in radians, 0 upright and never wrapped, and angular velocity in [-8, 8]; observation: the angle's cosine
 * and sine, and the velocity. Both start at random, up to `options.x_init` (pi) and `options.y_init` (1) of `reset`
 * either way. A step costs angle^2 + 0.1 velocity^2 + 0.001 torque^2; the task never ends.
 */
export class Pendulum implements Task<Float32Array> {
  readonly stateSize = 2;
  readonly observationSpace = new Box({
    low: [-1, -1, -MAX_SPEED],
    high: [1, 1, MAX_SPEED],
    shape: [3],
    dtype: "float32",
  });
  readonly actionSpace = new Box({ low: -MAX_TORQUE, high: MAX_TORQUE, shape: [1], dtype: "float32" });
  readonly metadata = { renderModes: ["rgb_array", "ansi"], renderFps: 30 };
  readonly size = SIZE;
  readonly #gravity: number;

  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: PendulumOptions = {}) {
    this.#gravity = (3 * parseOptions(PendulumConfig, options, "Pendulum").g) / 2;
  }

  begin(states: Float64Array, row: number, rng: Rng, options: Readonly<Record<string, unknown>>): void {
    expectKnownKeys(options, ["x_init", "y_init"], "reset: options");
    const angle = numberOption(options["x_init"], "x_init", Math.PI);
    const velocity = numberOption(options["y_init"], "y_init", 1);
    states[row * 2] = (2 * rng.uniform() - 1) * angle;
    states[row * 2 + 1] = (2 * rng.uniform() - 1) * velocity;
  }

  advance(states: Float64Array, row: number, torque: number, { rewards, terminated }: TaskOutcome): void {
    const at = row * 2;
    const theta = Number(states[at]);
    const thetaDot = Number(states[at + 1]);
    // A torque is float32, and Gymnasium rounds what it multiplies with it.
    const effort = Math.fround(Math.fround(0.001) * Math.fround(torque * torque));
    const push = Math.fround(3 * torque);
    const angle = wrapped(theta);
    const velocity = thetaDot + (this.#gravity * Math.sin(theta) + push) * DT;
    const clipped = Math.min(Math.max(velocity, -MAX_SPEED), MAX_SPEED);
    states[at] = theta + clipped * DT;
    states[at + 1] = clipped;
    rewards[row] = -(angle * angle + 0.1 * (thetaDot * thetaDot) + effort);
    terminated[row] = 0;
  }

  observe(states: Float64Array, row: number, obs: Float32Array): void {
    const theta = Number(states[row * 2]);
    obs[row * 3] = Math.cos(theta);
    obs[row * 3 + 1] = Math.sin(theta);
    obs[row * 3 + 2] = Number(states[row * 2 + 1]);
  }

  paint(canvas: Canvas, [theta = 0]: Float64Array): void {
    const tip: Point = [CENTRE[0] - PIXELS_PER_METRE * Math.sin(theta), CENTRE[1] + PIXELS_PER_METRE * Math.cos(theta)];
    const width = 0.2 * PIXELS_PER_METRE;
    canvas.line(CENTRE, tip, width, COLOURS.rod);
    canvas.circle(CENTRE, width / 2, COLOURS.rod);
    canvas.circle(tip, width / 2, COLOURS.rod);
    canvas.circle(CENTRE, width / 4, COLOURS.axle);
  }
}

/** The same angle in [-pi, pi). */
function wrapped(angle: number): number {
  const rest = (angle + Math.PI) % TURN;
  return (rest < 0 ? rest + TURN : rest) - Math.PI;
}

/** `Pendulum` as one environment: observations float32 [3], actions float32 [1]. */
export class PendulumEnv extends ClassicEnv<Float32Array> {
  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: z.input<typeof PendulumEnvConfig> = {}) {
    const { renderMode, ...task } = parseOptions(PendulumEnvConfig, options, "PendulumEnv");
    super(new Pendulum(task), { renderMode });
  }
}

/** `Pendulum` as a batch: observations float32 [B, 3], actions float32 [B, 1]. */
export class PendulumVectorEnv extends ClassicVectorEnv<Float32Array> {
  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: z.input<typeof VectorConfig> = {}) {
    const { numEnvs, maxEpisodeSteps, autoresetMode, renderMode, ...task } = parseOptions(
      VectorConfig,
      options,
      "PendulumVectorEnv",
    );
    super(new Pendulum(task), { numEnvs, maxEpisodeSteps, autoresetMode, renderMode });
  }
}
