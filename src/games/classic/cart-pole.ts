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

const GRAVITY = 9.8;
const POLE_MASS = 0.1;
const TOTAL_MASS = POLE_MASS + 1;
/** Half of the pole, in metres. */
const LENGTH = 0.5;
const POLE_MASS_LENGTH = POLE_MASS * LENGTH;
const FORCE = 10;
/** Seconds between two states. */
const TAU = 0.02;
/** Where the pole has fallen, in radians, and the cart has left its track, in metres. */
const THETA_THRESHOLD = (12 * 2 * Math.PI) / 360;
const X_THRESHOLD = 2.4;
const OBSERVATION_BOUND = [X_THRESHOLD * 2, Infinity, THETA_THRESHOLD * 2, Infinity];

const COLOURS = { track: [0, 0, 0], cart: [52, 58, 70], pole: [206, 147, 84], axle: [122, 134, 203] } as const;
const PIXELS_PER_METRE = 125;
const TRACK_HEIGHT = 100;
const CART: Point = [50, 30];
const POLE_WIDTH = 10;

const CartPoleConfig = z.strictObject({
  suttonBartoReward: z.boolean().default(false).describe("pay 0 a step and -1 at the fall, instead of 1 a step"),
  kinematicsIntegrator: z
    .enum(["euler", "semi-implicit euler"])
    .default("euler")
    .describe("whether positions follow the old velocities or the new ones"),
});

/** What makes a cart-pole task. */
export type CartPoleOptions = z.input<typeof CartPoleConfig>;

/** The options of `CartPoleEnv`. */
export const CartPoleEnvConfig = CartPoleConfig.extend(RenderConfig.shape);
const VectorConfig = CartPoleConfig.extend(ClassicVectorConfig.shape);

/**
 * A pole on a cart that is pushed to the left (0) or to the right (1), after Barto, Sutton and Anderson (1983).
 * State and observation: position in metres, velocity, angle in radians, angular velocity. Each starts within
 * `options.low` and `options.high` of `reset`, -0.05 and 0.05. It ends when the pole leans by more than 12 degrees or
 * the cart is more than 2.4 metres away.
 */
export class CartPole implements Task<number> {
  readonly stateSize = 4;
  readonly observationSpace = new Box({
    low: OBSERVATION_BOUND.map((bound) => -bound),
    high: OBSERVATION_BOUND,
    shape: [4],
    dtype: "float32",
  });
  readonly actionSpace = new Discrete(2);
  readonly metadata = { renderModes: ["rgb_array", "ansi"], renderFps: 50 };
  readonly size = { width: 2 * X_THRESHOLD * PIXELS_PER_METRE, height: 400 };
  readonly #rewards: { readonly up: number; readonly fallen: number };
  readonly #semiImplicit: boolean;

  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: CartPoleOptions = {}) {
    const { suttonBartoReward, kinematicsIntegrator } = parseOptions(CartPoleConfig, options, "CartPole");
    this.#rewards = suttonBartoReward ? { up: 0, fallen: -1 } : { up: 1, fallen: 1 };
    this.#semiImplicit = kinematicsIntegrator === "semi-implicit euler";
  }

  begin(states: Float64Array, row: number, rng: Rng, options: Readonly<Record<string, unknown>>): void {
    const [low, high] = resetBounds(options, -0.05, 0.05);
    for (let i = row * 4; i < row * 4 + 4; i++) states[i] = low + rng.uniform() * (high - low);
  }

  advance(states: Float64Array, row: number, action: number, { rewards, terminated }: TaskOutcome): void {
    const at = row * 4;
    const xDot = Number(states[at + 1]);
    const theta = Number(states[at + 2]);
    const thetaDot = Number(states[at + 3]);
    const cos = Math.cos(theta);
    const sin = Math.sin(theta);
    const force = action === 1 ? FORCE : -FORCE;
    // The order of the operations is Gymnasium's: another one would round differently.
    const push = (force + POLE_MASS_LENGTH * (thetaDot * thetaDot) * sin) / TOTAL_MASS;
    const thetaAcc = (GRAVITY * sin - cos * push) / (LENGTH * (4 / 3 - (POLE_MASS * (cos * cos)) / TOTAL_MASS));
    const xAcc = push - (POLE_MASS_LENGTH * thetaAcc * cos) / TOTAL_MASS;
    const nextXDot = xDot + TAU * xAcc;
    const nextThetaDot = thetaDot + TAU * thetaAcc;
    const nextX = Number(states[at]) + TAU * (this.#semiImplicit ? nextXDot : xDot);
    const nextTheta = theta + TAU * (this.#semiImplicit ? nextThetaDot : thetaDot);
    states[at] = nextX;
    states[at + 1] = nextXDot;
    states[at + 2] = nextTheta;
    states[at + 3] = nextThetaDot;
    const fallen = Math.abs(nextX) > X_THRESHOLD || Math.abs(nextTheta) > THETA_THRESHOLD;
    rewards[row] = fallen ? this.#rewards.fallen : this.#rewards.up;
    terminated[row] = fallen ? 1 : 0;
  }

  observe(states: Float64Array, row: number, obs: Float32Array): void {
    for (let i = row * 4; i < row * 4 + 4; i++) obs[i] = Number(states[i]);
  }

  paint(canvas: Canvas, [x = 0, , theta = 0]: Float64Array): void {
    const { width } = this.size;
    const left = width / 2 + x * PIXELS_PER_METRE - CART[0] / 2;
    const axle: Point = [left + CART[0] / 2, TRACK_HEIGHT + CART[1] / 4];
    const reach = 2 * LENGTH * PIXELS_PER_METRE;
    const tip: Point = [axle[0] + reach * Math.sin(theta), axle[1] + reach * Math.cos(theta)];
    canvas.line([0, TRACK_HEIGHT], [width, TRACK_HEIGHT], 1, COLOURS.track);
    canvas.rectangle([left, TRACK_HEIGHT - CART[1] / 2], [left + CART[0], TRACK_HEIGHT + CART[1] / 2], COLOURS.cart);
    canvas.line(axle, tip, POLE_WIDTH, COLOURS.pole);
    canvas.circle(axle, POLE_WIDTH / 2, COLOURS.axle);
  }
}

/** `CartPole` as one environment: observations float32 [4], actions 0 and 1. */
export class CartPoleEnv extends ClassicEnv<number> {
  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: z.input<typeof CartPoleEnvConfig> = {}) {
    const { renderMode, ...task } = parseOptions(CartPoleEnvConfig, options, "CartPoleEnv");
    super(new CartPole(task), { renderMode });
  }
}

/** `CartPole` as a batch: observations float32 [B, 4], actions int32 [B]. */
export class CartPoleVectorEnv extends ClassicVectorEnv<number> {
  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: z.input<typeof VectorConfig> = {}) {
    const { numEnvs, maxEpisodeSteps, autoresetMode, renderMode, ...task } = parseOptions(
      VectorConfig,
      options,
      "CartPoleVectorEnv",
    );
    super(new CartPole(task), { numEnvs, maxEpisodeSteps, autoresetMode, renderMode });
  }
}
