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

/** What a terminal is taken for that does not tell its size. */
const USUAL: TerminalSize = { columns: 80, rows: 24 };
/** Rows that the status may take. */
const MAX_STATUS_ROWS = 4;

/**
 * The text that shows one frame over its status, in the place of the screen before it. The status is broken between words,
 * over as many rows as it needs, at most 4; the frame is as large as fits above it. A character is two pixels high.
 */
export function drawScreen(frame: Frames, status: string, size: TerminalSize): string {
  const [columns, rows] = [size.columns || USUAL.columns, size.rows || USUAL.rows];
  const told = breakLines(status, columns).slice(0, Math.max(1, Math.min(MAX_STATUS_ROWS, rows - 1)));
  const scale = Math.min(columns / frame.width, ((rows - told.length) * 2) / frame.height);
  const fitted = resizeNearest(frame, fitScale(scale));
  const lines = [...drawAnsi(fitted).split("\n"), ...told];
  return CURSOR_HOME + lines.map((line) => line + CLEAR_LINE_END).join("\n") + CLEAR_SCREEN_END;
}

/** Lines of at most `width` characters, broken between words; a longer word is cut. */
function breakLines(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word.slice(0, width));
  }
  return lines;
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
