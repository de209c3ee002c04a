import type { EnemyKind } from "./level.ts";
import { colour, mirror, parsePicture } from "./picture.ts";
import type { Picture } from "./picture.ts";

const PALETTE = {
  r: colour("#ff3b30"),
  d: colour("#b3202a"),
  f: colour("#ffe0b8"),
  e: colour("#1c1226"),
  b: colour("#3d7bff"),
  n: colour("#2450b8"),
  y: colour("#ffd23d"),
  w: colour("#ffffff"),
  g: colour("#58e05a"),
  h: colour("#2b9c48"),
  l: colour("#c6ff9e"),
  p: colour("#b45cff"),
  q: colour("#7a2fd0"),
  s: colour("#c9d2e0"),
  t: colour("#7d879c"),
  o: colour("#ff9a2e"),
  k: colour("#8a4a12"),
  c: colour("#c98a45"),
  m: colour("#e3b26a"),
} as const;

/** A sprite looking right, and looking left. */
export type Facing = { readonly right: Picture; readonly left: Picture };

/** The hero is 8 x 10, a pixel wider than what it hits with at either side. */
export const HERO_SPRITES = {
  stand: facing(
    "..rrrr..",
    ".rrrrrr.",
    ".rrffff.",
    ".rrfefe.",
    ".drffff.",
    "..bbbb..",
    ".fbbbbf.",
    "..bbbb..",
    "..n..n..",
    "..yy.yy.",
  ),
  stride: facing(
    "..rrrr..",
    ".rrrrrr.",
    ".rrffff.",
    ".rrfefe.",
    ".drffff.",
    "..bbbb..",
    "f.bbbb.f",
    "..bbbbn.",
    ".nn...yy",
    "yy......",
  ),
  pass: facing(
    "..rrrr..",
    ".rrrrrr.",
    ".rrffff.",
    ".rrfefe.",
    ".drffff.",
    "..bbbb..",
    "..bffb..",
    "..bbbb..",
    "...nn...",
    "...yyy..",
  ),
  rise: facing(
    "..rrrr.f",
    ".rrrrrrf",
    ".rrffffb",
    ".rrfefeb",
    ".drffff.",
    "f.bbbb..",
    ".bbbbb..",
    "..bbbbn.",
    ".nn...yy",
    ".yy.....",
  ),
  fall: facing(
    "f.rrrr.f",
    "frrrrrrf",
    "brrffffb",
    ".rrfefe.",
    ".drffff.",
    "..bbbb..",
    "..bbbb..",
    "..bbbb..",
    ".n....n.",
    ".yy...yy",
  ),
  duck: facing(
    "........",
    "........",
    "........",
    "........",
    "..rrrr..",
    ".rrrrrr.",
    ".rrffff.",
    "drrfefef",
    "fbbbbbbf",
    ".yyy.yyy",
  ),
  dead: facing(
    "........",
    "..wwww..",
    ".wwwwww.",
    ".wewwew.",
    ".wwwwww.",
    ".wweeww.",
    "..wwww..",
    ".wwwwww.",
    ".w.ww.w.",
    "........",
  ),
} as const;

/** A motion of two sprites, each shown over some pixels of the way. */
type Motion = { readonly pixels: number; readonly sprites: readonly [Facing, Facing] };

/** The enemies' sprites, as large as `ENEMY_SIZE` says. */
export const ENEMY_SPRITES: { readonly [K in EnemyKind]: Motion } = {
  slime: {
    pixels: 4,
    sprites: [
      facing("..gggg..", ".gglggg.", "gglgwewe", "ggggwewe", "gggggggg", "hhhhhhhh"),
      facing("........", "..gggg..", ".ggglgg.", "gglgwewe", "ggggwewe", "hhhhhhhh"),
    ],
  },
  bat: {
    pixels: 2,
    sprites: [
      facing("q......q", "pq.pp.qp", "ppqpppqp", ".pppweew", "..pppppp", "...w..w."),
      facing("........", "...pp...", "..pppppp", "qppqweew", "pq.ppppq", "q..w..w."),
    ],
  },
  saw: {
    pixels: 1,
    sprites: [
      facing("t..ss..t", ".ssssss.", ".sstssss", "sstddsss", "sssddtss", "sssstss.", ".ssssss.", "t..ss..t"),
      facing("..t..t..", ".tsssst.", "tsssssst", ".ssddss.", ".ssddss.", "tsssssst", ".tsssst.", "..t..t.."),
    ],
  },
};

/** 8 x 8, four of a spin. */
export const COIN_SPRITES = [
  parse("..yyyy..", ".ywwyyo.", "ywyyyyyo", "ywyooyyo", "ywyooyyo", "yyyyyyyo", ".yyyyoo.", "..oooo.."),
  parse("...yy...", "..ywyo..", "..ywyo..", "..ywyo..", "..ywyo..", "..yyyo..", "..yyoo..", "...oo..."),
  parse("...yo...", "...wo...", "...wo...", "...wo...", "...wo...", "...yo...", "...yo...", "...oo..."),
  parse("...yy...", "..oyyo..", "..oywo..", "..oywo..", "..oywo..", "..oyyo..", "..ooyo..", "...oo..."),
] as const;

/** 8 x 8: what the coin leaves. */
export const SPARKLE_SPRITE = parse(
  "w..yy..w",
  ".w....w.",
  "..y..y..",
  "y..ww..y",
  "y..ww..y",
  "..y..y..",
  ".w....w.",
  "w..yy..w",
);

/** 8 x 8. */
export const SPIKES_SPRITE = parse(
  "........",
  "........",
  "........",
  ".w...w..",
  ".s...s..",
  "wst.wst.",
  "sst.sst.",
  "sttsstts",
);
export const CRATE_SPRITE = parse(
  "kkkkkkkk",
  "kmmmmmmk",
  "kcmcccck",
  "kccmccck",
  "kcccmcck",
  "kccccmck",
  "kcccccmk",
  "kkkkkkkk",
);
export const PLANK_SPRITE = parse(
  "mmmmmmmm",
  "ccccccck",
  "kkkkkkkk",
  "..k..k..",
  "........",
  "........",
  "........",
  "........",
);

function parse(...rows: string[]): Picture {
  return parsePicture(rows, PALETTE);
}

function facing(...rows: string[]): Facing {
  const right = parse(...rows);
  return { right, left: mirror(right) };
}
