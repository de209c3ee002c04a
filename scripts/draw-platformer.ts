import { sliceFrames, type Frames } from "../src/core/frames.ts";
import { tile, writePng } from "../src/data/image.ts";
import { playEpisodes } from "../src/games/platformer/episodes.ts";
import { DIFFICULTIES } from "../src/games/platformer/level.ts";

/*
 * Draws docs/platformer.png: what the hero sees half-way through some levels, a row for each difficulty.
 *   npm run draw:platformer
 */

const COLUMNS = 6;
const SCALE = 2;

/** The middle frames of the expert's first episodes. */
function sights(difficulty: (typeof DIFFICULTIES)[number]): Frames[] {
  const episodes = playEpisodes({ player: "expert", difficulty, seed: 0 });
  return Array.from({ length: COLUMNS }, () => {
    const { frames } = episodes.next().value;
    return sliceFrames(frames, Math.floor(frames.count / 2), 1);
  });
}

await writePng("docs/platformer.png", tile(DIFFICULTIES.flatMap(sights), COLUMNS), { scale: SCALE });
