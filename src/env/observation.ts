import type { Look, WorldModel } from "../model/world-model.ts";
import { Box } from "./spaces/box.ts";
import { DictSpace } from "./spaces/dict.ts";
import { Discrete, MultiDiscrete } from "./spaces/discrete.ts";
import type { BatchOf } from "./spaces/rows.ts";
import type { Space } from "./spaces/space.ts";
import type { WorldRows } from "./world-rows.ts";

/** Pixels (uint8 [H, W, 3]) and tokens (int32 [N]) of one frame; a batch has one more axis in front. */
export type PixelsAndTokens = { readonly pixels: Uint8Array; readonly tokens: Int32Array };

/** What an observation is in each mode; of "none" it is always 0. */
export type ObservationOf = { pixels: Uint8Array; tokens: Int32Array; both: PixelsAndTokens; none: number };

/** The modes of observation. */
export type ObservationMode = keyof ObservationOf;

/** An observation of any mode. */
export type Observation = ObservationOf[ObservationMode];

/** How a mode sees the world. */
export interface Observer<Obs> {
  readonly space: (world: WorldModel) => Space<Obs>;
  /** What must come down of each step's frame. */
  readonly look: Look;
  /** All rows' observation, in memory of its own. Frames that nobody looks at are never decoded. */
  observe(rows: WorldRows): Promise<BatchOf<Obs>>;
}

const pixels: Observer<Uint8Array> = {
  space: pixelSpace,
  look: { pixels: true, confidence: true },
  observe: async (rows) => (await rows.pixels()).slice(),
};

const tokens: Observer<Int32Array> = {
  space: tokenSpace,
  look: { tokens: true, confidence: true },
  observe: async (rows) => (await rows.tokens()).slice(),
};

const both: Observer<PixelsAndTokens> = {
  space: (world) => new DictSpace({ pixels: pixels.space(world), tokens: tokens.space(world) }),
  look: { ...pixels.look, ...tokens.look },
  observe: async (rows) => ({ pixels: await pixels.observe(rows), tokens: await tokens.observe(rows) }),
};

/** For steps that nobody looks at: nothing comes down. */
const none: Observer<number> = {
  space: () => new Discrete(1),
  look: {},
  observe: async (rows) => new Int32Array(rows.numEnvs),
};

/** The observer of each mode. */
export const OBSERVERS: { readonly [M in ObservationMode]: Observer<ObservationOf[M]> } = {
  pixels,
  tokens,
  both,
  none,
};

function pixelSpace(world: WorldModel): Box<"uint8"> {
  return new Box({ low: 0, high: 255, shape: world.frameShape, dtype: "uint8" });
}

function tokenSpace(world: WorldModel): MultiDiscrete {
  return new MultiDiscrete(Array.from({ length: world.tokensPerFrame }, () => world.vocabularySize));
}
