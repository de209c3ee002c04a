import { resizeNearest } from "./canvas.ts";
import type { Frames } from "../core/frames.ts";
import { drawAnsi } from "../env/ansi.ts";

/** Columns and rows of characters. */
export type TerminalSize = { readonly columns: number; readonly rows: number };

/** What a key asks of a game: a latent action in [0, numActions), another try, or the end. */
export type KeyCommand = number | "reset" | "quit" | null;

const CURSOR_HOME = "\u001B[H";
const CLEAR_LINE_END = "\u001B[K";
const CLEAR_SCREEN_END = "\u001B[J";

/** Switches to a screen of its own without a cursor, and back. */
export const ENTER_SCREEN = "\u001B[?1049h\u001B[?25l";
export const LEAVE_SCREEN = "\u001B[?25h\u001B[?1049l";

/**
 * The text that shows one frame over a line of status, in the place of the screen before it. The frame is as large as
 * fits; a character is two pixels high.
 */
export function drawScreen(frame: Frames, status: string, { columns, rows }: TerminalSize): string {
  const scale = Math.min(columns / frame.width, ((rows - 1) * 2) / frame.height);
  const fitted = resizeNearest(frame, fitScale(scale));
  const lines = [...drawAnsi(fitted).split("\n"), status.slice(0, columns)];
  return CURSOR_HOME + lines.map((line) => line + CLEAR_LINE_END).join("\n") + CLEAR_SCREEN_END;
}

/** What actions may be called that a key stands for. */
const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  left: ["left"],
  right: ["right"],
  up: ["up", "jump"],
  down: ["down"],
  space: ["noop", "stay"],
  return: ["noop", "stay"],
};
/** Where no action has such a name, arrows are the first four. */
const ARROWS = ["left", "right", "up", "down"];

/**
 * Reads a key, as Node names it: a digit is that latent action, an arrow the action of that name (up also a jump), space or
 * return the one that does nothing, else action 0; q and ctrl-c quit, r resets. Where no action is named after an arrow, the
 * arrows are the first four in the order left, right, up, down.
 */
export function keyToCommand(key: string, actionNames: readonly string[]): KeyCommand {
  if (key === "q" || key === "ctrl-c") return "quit";
  if (key === "r") return "reset";
  const action = actionOfKey(key, actionNames);
  return action >= 0 && action < actionNames.length ? action : null;
}

function actionOfKey(key: string, actionNames: readonly string[]): number {
  if (/^\d$/.test(key)) return Number(key);
  const named = MEANINGS[key]?.find((name) => actionNames.includes(name));
  if (named !== undefined) return actionNames.indexOf(named);
  if (key === "space" || key === "return") return 0;
  return actionNames.some((name) => ARROWS.includes(name)) ? -1 : ARROWS.indexOf(key);
}

/** Whole pixels when enlarging, so that all are of one size. */
function fitScale(scale: number): number {
  return scale >= 1 ? Math.floor(scale) : scale;
}
