import type { WorldModel } from "../model/world-model.ts";
import { Box } from "./spaces/box.ts";
import { DictSpace } from "./spaces/dict.ts";
import { MultiDiscrete } from "./spaces/discrete.ts";
import type { BatchOf } from "./spaces/rows.ts";
import type { Space } from "./spaces/space.ts";
import type { WorldRows } from "./world-rows.ts";

/** Pixels (uint8 [H, W, 3]) and tokens (int32 [N]) of one frame; a batch has one more axis in front. */
export type PixelsAndTokens = { readonly pixels: Uint8Array; readonly tokens: Int32Array };

/** What an observation is in each mode. */
export type ObservationOf = { pixels: Uint8Array; tokens: Int32Array; both: PixelsAndTokens };

/** The modes of observation. */
export type ObservationMode = keyof ObservationOf;

/** An observation of any mode. */
export type Observation = ObservationOf[ObservationMode];

/** How a mode sees the world. */
export interface Observer<Obs> {
  readonly space: (world: WorldModel) => Space<Obs>;
  /** All rows' observation, in memory of its own. Frames that nobody looks at are never decoded. */
  observe(rows: WorldRows): Promise<BatchOf<Obs>>;
}

const pixels: Observer<Uint8Array> = {
  space: pixelSpace,
  observe: async (rows) => (await rows.pixels()).slice(),
};

const tokens: Observer<Int32Array> = {
  space: tokenSpace,
  observe: async (rows) => rows.tokens(),
};

const both: Observer<PixelsAndTokens> = {
  space: (world) => new DictSpace({ pixels: pixels.space(world), tokens: tokens.space(world) }),
  observe: async (rows) => ({ pixels: await pixels.observe(rows), tokens: await tokens.observe(rows) }),
};

/** The observer of each mode. */
export const OBSERVERS: { readonly [M in ObservationMode]: Observer<ObservationOf[M]> } = { pixels, tokens, both };

function pixelSpace(world: WorldModel): Box<"uint8"> {
  return new Box({ low: 0, high: 255, shape: world.frameShape, dtype: "uint8" });
}

function tokenSpace(world: WorldModel): MultiDiscrete {
  return new MultiDiscrete(Array.from({ length: world.tokensPerFrame }, () => world.vocabularySize));
}
