import { SyncVectorEnv } from "../../src/env/index.ts";
import type { Actor, Demonstration } from "../../src/agents/index.ts";
import type { Frames } from "../../src/core/frames.ts";
import { CatchEnv } from "../../src/games/index.ts";

/*
 * Catch as a game of pixels: the board of ten by five cells, a cell a pixel. The paddle's true action can be told from two
 * frames, so a perfect labeller is a function of frames.
 */

const [ROWS, COLUMNS] = [10, 5];
export const FRAME_SHAPE = [ROWS, COLUMNS, 3] as const;

/** Boards float32 [B, 10, 5] as pictures uint8 [B, 10, 5, 3]. */
export function toPixels(boards: ArrayLike<number>): Uint8Array {
  return Uint8Array.from({ length: boards.length * 3 }, (_, i) => 255 * Number(boards[Math.floor(i / 3)]));
}

/** An agent of pixels as one of boards. */
export function seeingPixels(agent: Actor): Actor {
  return { act: (obs, options) => agent.act(toPixels(obs as Float32Array), options) };
}

export function catchEnvs(numEnvs: number, autoresetMode: "SameStep" | "NextStep" = "SameStep") {
  return new SyncVectorEnv(
    Array.from({ length: numEnvs }, () => () => new CatchEnv()),
    { autoresetMode },
  );
}

/** Episodes of an expert who goes below the ball at once, then waits; the true actions are 0, 1 and 2. */
export function expertEpisodes(count: number): Demonstration[] {
  const env = new CatchEnv();
  return Array.from({ length: count }, (_, seed) => {
    let [board] = env.reset({ seed });
    const boards = [board];
    const actions: number[] = [];
    for (let isOver = false; !isOver;) {
      const action = 1 + Math.sign(ballOf(board) - paddleOf(board));
      const [next, , terminated] = env.step(action);
      boards.push(next);
      actions.push(action);
      [board, isOver] = [next, terminated];
    }
    const data = Uint8Array.from(boards.flatMap((shown) => [...toPixels(shown)]));
    return { frames: { data, count: boards.length, height: ROWS, width: COLUMNS }, actions };
  });
}

/** What the paddle did between frames, under names of its own: right 0, still 1, left 2. */
export const LABELER = {
  numActions: 3,
  inferActions: ({ data, count }: Frames): Promise<Int32Array> => {
    const size = ROWS * COLUMNS * 3;
    const paddles = Array.from({ length: count }, (_, i) =>
      paddleOf(Array.from({ length: ROWS * COLUMNS }, (_unused, cell) => Number(data[i * size + cell * 3]))),
    );
    return Promise.resolve(
      Int32Array.from(paddles.slice(1), (paddle, i) => 1 - Math.sign(paddle - Number(paddles[i]))),
    );
  },
};

/** The column of the first cell that is set: the ball's, which is above the paddle but at the end. */
function ballOf(board: ArrayLike<number>): number {
  return Array.from(board).findIndex((cell) => cell > 0) % COLUMNS;
}

function paddleOf(board: ArrayLike<number>): number {
  const last = Array.from(board).slice(-COLUMNS);
  const columns = last.flatMap((cell, column) => (cell > 0 ? [column] : []));
  return columns[0] ?? 0;
}
