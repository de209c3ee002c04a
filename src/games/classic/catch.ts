import type { Rng } from "../../core/rng.ts";
import { expectKnownKeys } from "../../env/known-keys.ts";
import { Box } from "../../env/spaces/box.ts";
import { Discrete } from "../../env/spaces/discrete.ts";
import type { Canvas, Colour } from "./canvas.ts";
import { ClassicEnv } from "./classic-env.ts";
import { ClassicVectorEnv } from "./classic-vector-env.ts";
import type { ClassicVectorOptions } from "./classic-vector-env.ts";
import type { RenderOptions } from "./render.ts";
import type { Task, TaskOutcome } from "./task.ts";

const NUM_ROWS = 10;
const NUM_COLUMNS = 5;
const PADDLE_ROW = NUM_ROWS - 1;
const CELL = 10;
const COLOURS = { board: [24, 26, 36], ball: [245, 196, 66], paddle: [95, 170, 235] } as const;

/**
 * A ball that falls down a board by one row a step, and a paddle below, after bsuite's catch (Osband et al. 2020); the
 * paddle moves to the left (0), not at all (1) or to the right (2), and stays on the board.
 * State: the ball's column and row, the paddle's column. Observation: the board, [10, 5], 1 where the ball and the
 * paddle are, 0 elsewhere. The ball starts in a random column. After nine steps it is caught, 1, or missed, -1.
 */
export class Catch implements Task<number> {
  readonly stateSize = 3;
  readonly observationSpace = new Box({ low: 0, high: 1, shape: [NUM_ROWS, NUM_COLUMNS], dtype: "float32" });
  readonly actionSpace = new Discrete(3);
  readonly metadata = { renderModes: ["rgb_array", "ansi"], renderFps: 10 };
  readonly size = { width: NUM_COLUMNS * CELL, height: NUM_ROWS * CELL };

  begin(states: Float64Array, row: number, rng: Rng, options: Readonly<Record<string, unknown>>): void {
    expectKnownKeys(options, [], "reset: options");
    states[row * 3] = rng.integer(NUM_COLUMNS);
    states[row * 3 + 1] = 0;
    states[row * 3 + 2] = Math.floor(NUM_COLUMNS / 2);
  }

  advance(states: Float64Array, row: number, action: number, { rewards, terminated }: TaskOutcome): void {
    const at = row * 3;
    const ballRow = Number(states[at + 1]) + 1;
    const paddle = Math.min(Math.max(Number(states[at + 2]) + action - 1, 0), NUM_COLUMNS - 1);
    const isCaught = states[at] === paddle;
    states[at + 1] = ballRow;
    states[at + 2] = paddle;
    terminated[row] = ballRow === PADDLE_ROW ? 1 : 0;
    rewards[row] = ballRow < PADDLE_ROW ? 0 : isCaught ? 1 : -1;
  }

  observe(states: Float64Array, row: number, obs: Float32Array): void {
    const start = row * NUM_ROWS * NUM_COLUMNS;
    const at = row * 3;
    obs.fill(0, start, start + NUM_ROWS * NUM_COLUMNS);
    obs[start + Number(states[at + 1]) * NUM_COLUMNS + Number(states[at])] = 1;
    obs[start + PADDLE_ROW * NUM_COLUMNS + Number(states[at + 2])] = 1;
  }

  paint(canvas: Canvas, [ballColumn = 0, ballRow = 0, paddle = 0]: Float64Array): void {
    canvas.rectangle([0, 0], [this.size.width, this.size.height], COLOURS.board);
    paintCell(canvas, paddle, PADDLE_ROW, COLOURS.paddle);
    paintCell(canvas, ballColumn, ballRow, COLOURS.ball);
  }
}

function paintCell(canvas: Canvas, column: number, row: number, colour: Colour): void {
  const [left, bottom] = [column * CELL, (PADDLE_ROW - row) * CELL];
  canvas.rectangle([left, bottom], [left + CELL, bottom + CELL], colour);
}

/** `Catch` as one environment: observations float32 [10, 5], actions 0, 1 and 2. */
export class CatchEnv extends ClassicEnv<number> {
  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: RenderOptions = {}) {
    super(new Catch(), options);
  }
}

/** `Catch` as a batch: observations float32 [B, 10, 5], actions int32 [B]. */
export class CatchVectorEnv extends ClassicVectorEnv<number> {
  /** @throws ConfigError for an option that breaks a rule. */
  constructor(options: ClassicVectorOptions = {}) {
    super(new Catch(), options);
  }
}
