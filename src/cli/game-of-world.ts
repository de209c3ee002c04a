import { FPS } from "../games/platformer/platformer-env.ts";
import type { WorldConfig } from "../model/checkpoint.ts";

/** The game that worlds can be held against. */
export const GAME = "Platformer-v0";

/** Whether a world was learnt from the game that is here, at the game's pace. */
export function isOfGame({ training, genie }: WorldConfig): boolean {
  return genie.fps === FPS && (training?.recordings?.some(({ env }) => env === GAME) ?? false);
}
