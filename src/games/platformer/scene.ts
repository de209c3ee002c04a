import { isGrounded, RUN_SPEED } from "./game.ts";
import type { GameState } from "./game.ts";
import { enemyAt, HERO_TILE, ROWS, standingOn, Tile, TILE, tileAt, VIEW_TILES } from "./level.ts";
import type { Enemy, Level } from "./level.ts";
import { blit, createPicture, fillBox } from "./picture.ts";
import type { Picture } from "./picture.ts";
import {
  COIN_SPRITES,
  CRATE_SPRITE,
  ENEMY_SPRITES,
  HERO_SPRITES,
  PLANK_SPRITE,
  SPARKLE_SPRITE,
  SPIKES_SPRITE,
} from "./sprites.ts";
import type { Facing } from "./sprites.ts";
import { BACKDROP_WIDTH, themeOf } from "./themes.ts";
import type { Theme } from "./themes.ts";

/** The side of the view in pixels. */
export const VIEW = VIEW_TILES * TILE;

const WRAP = BACKDROP_WIDTH - 1;

/** Where in the view the hero stays, as long as the level goes on to both sides. */
const HERO_COLUMN = standingOn(HERO_TILE);

/** A level ready to be drawn: what does not move is painted once. */
export class Scene {
  readonly level: Level;
  readonly #theme: Theme;
  /** All tiles of the level, side by side. */
  readonly #tiles: Picture;
  readonly #canvas = createPicture(VIEW, VIEW);

  constructor(level: Level) {
    this.level = level;
    this.#theme = themeOf(level.theme);
    this.#tiles = paintTiles(level, this.#theme);
  }

  /** The view of a state; the next call paints over it. */
  draw(state: GameState): Picture {
    const camera = Math.min(Math.max(state.x - HERO_COLUMN, 0), this.#tiles.width - VIEW);
    const { near, far } = this.#theme;
    drawLayers(this.#canvas, [
      { picture: this.#tiles, left: camera },
      { picture: near, left: (camera >> 1) & WRAP },
      { picture: far, left: (camera >> 2) & WRAP },
    ]);
    this.#drawFoam(camera, state.steps);
    this.#drawCoin(camera, state);
    for (const [i, enemy] of this.level.enemies.entries()) {
      if ((state.defeated & (1 << i)) === 0) this.#drawEnemy(camera, enemy, state.steps);
    }
    const sprite = heroSprite(this.level, state)[state.facing === 1 ? "right" : "left"];
    blit(this.#canvas, sprite, state.x - 1 - camera, state.y);
    return this.#canvas;
  }

  /** Waves run over liquids. */
  #drawFoam(camera: number, steps: number): void {
    const y = (ROWS - 1) * TILE + 4;
    for (let column = camera >> 3; column * TILE < camera + VIEW; column++) {
      if (tileAt(this.level, column, ROWS - 1) !== Tile.liquid) continue;
      const crest = steps % (TILE - 2);
      fillBox(this.#canvas, { x: column * TILE + crest - camera, y, width: 3, height: 1 }, this.#theme.foam);
    }
  }

  #drawCoin(camera: number, { steps, outcome }: GameState): void {
    const { x, y } = this.level.coin;
    const sprite = outcome === "coin" ? SPARKLE_SPRITE : COIN_SPRITES[steps & 3];
    if (sprite !== undefined) blit(this.#canvas, sprite, x - camera, y);
  }

  #drawEnemy(camera: number, enemy: Enemy, steps: number): void {
    const { x, y, isReturning } = enemyAt(enemy, steps);
    const { pixels, sprites } = ENEMY_SPRITES[enemy.kind];
    const [first, second] = sprites;
    const { left, right } = Math.floor((x + y) / pixels) % 2 === 0 ? first : second;
    blit(this.#canvas, isReturning ? left : right, x - camera, y);
  }
}

/** A picture as high as the view, and the column of it where the view begins. */
type Layer = { readonly picture: Picture; readonly left: number };

/**
 * Fills the canvas with the first layer that is not see-through. This is where the time of a step goes: one pass, in
 * which nothing is called, allocated or looked up.
 */
function drawLayers(canvas: Picture, [front, middle, back]: readonly [Layer, Layer, Layer]): void {
  const target = canvas.pixels;
  const frontPixels = front.picture.pixels;
  const middlePixels = middle.picture.pixels;
  const backPixels = back.picture.pixels;
  for (let y = 0; y < VIEW; y++) {
    const row = y * VIEW;
    const frontRow = y * front.picture.width + front.left;
    const middleRow = y * middle.picture.width + middle.left;
    const backRow = y * back.picture.width + back.left;
    for (let x = 0; x < VIEW; x++) {
      let pixel = frontPixels[frontRow + x] ?? 0;
      if (pixel === 0) pixel = middlePixels[middleRow + x] ?? 0;
      if (pixel === 0) pixel = backPixels[backRow + x] ?? 0;
      target[row + x] = pixel;
    }
  }
}

function heroSprite(level: Level, state: GameState): Facing {
  if (state.outcome === "died") return HERO_SPRITES.dead;
  if (state.isDucking) return HERO_SPRITES.duck;
  if (!isGrounded(level, state)) return state.vy < 0 ? HERO_SPRITES.rise : HERO_SPRITES.fall;
  if (!state.isRunning) return HERO_SPRITES.stand;
  return Math.floor(state.x / RUN_SPEED) % 2 === 0 ? HERO_SPRITES.stride : HERO_SPRITES.pass;
}

function paintTiles(level: Level, theme: Theme): Picture {
  const picture = createPicture(level.columns * TILE, ROWS * TILE);
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < level.columns; column++) paintTile(picture, level, theme, { column, row });
  }
  return picture;
}

type Cell = { readonly column: number; readonly row: number };

function paintTile(picture: Picture, level: Level, theme: Theme, { column, row }: Cell): void {
  const [x, y] = [column * TILE, row * TILE];
  switch (tileAt(level, column, row)) {
    case Tile.ground:
      return paintGround(picture, level, theme, { column, row });
    case Tile.crate:
      return blit(picture, CRATE_SPRITE, x, y);
    case Tile.plank:
      return blit(picture, PLANK_SPRITE, x, y);
    case Tile.spikes:
      return blit(picture, SPIKES_SPRITE, x, y);
    case Tile.liquid:
      return fillBox(picture, { x, y: y + 4, width: TILE, height: 4 }, theme.liquid);
  }
}

/** Soil with specks, a crust where there is none above, and an edge where it ends at a side. */
function paintGround(picture: Picture, level: Level, theme: Theme, { column, row }: Cell): void {
  const [x, y] = [column * TILE, row * TILE];
  fillBox(picture, { x, y, width: TILE, height: TILE }, theme.soil);
  const variant = (column * 5 + row * 11) % 7;
  fillBox(picture, { x: x + variant, y: y + 5, width: 2, height: 1 }, theme.speck);
  fillBox(picture, { x: x + ((variant + 4) % 7), y: y + 2, width: 1, height: 2 }, theme.speck);
  if (tileAt(level, column - 1, row) !== Tile.ground) fillBox(picture, { x, y, width: 1, height: TILE }, theme.speck);
  if (tileAt(level, column + 1, row) !== Tile.ground)
    fillBox(picture, { x: x + TILE - 1, y, width: 1, height: TILE }, theme.speck);
  if (tileAt(level, column, row - 1) === Tile.ground) return;
  fillBox(picture, { x, y, width: TILE, height: 3 }, theme.edge);
  fillBox(picture, { x, y, width: TILE, height: 2 }, theme.crust);
  fillBox(picture, { x: x + variant, y: y + 3, width: 2, height: 1 }, theme.edge);
  if (variant < 2 && tileAt(level, column, row - 1) === Tile.empty) {
    fillBox(picture, { x: x + 2, y: y - 2, width: 1, height: 2 }, theme.edge);
    fillBox(picture, { x: x + 4, y: y - 3, width: 1, height: 3 }, theme.edge);
    fillBox(picture, { x: x + 6, y: y - 1, width: 1, height: 1 }, theme.edge);
  }
}
