import type { Engine } from "../../src/compute/engine.ts";
import type { Frames } from "../../src/core/frames.ts";
import { genieParams, parseGenieConfig, setupGenie } from "../../src/model/genie.ts";
import { GenieWorld } from "../../src/model/genie-world.ts";
import { PRESETS } from "../../src/model/training/presets.ts";
import { noisyParams, tinyGenie, type Tiny } from "../model/tiny-genie.ts";

/**
 * The engines that are held to the compiled one on the CPU: `GENIE_TEST_ENGINES=tensorflow,onnx:webgpu` chooses, wasm unless
 * told.
 */
export const OTHERS = (process.env["GENIE_TEST_ENGINES"] ?? "wasm").split(",");

/** Those, and the compiled one itself. */
export const ENGINES = [...new Set(["onnx", ...OTHERS])];

const { genie } = PRESETS.tiny;
const config = parseGenieConfig({ ...genie, tokenizer: { ...genie.tokenizer, patchSize: 4 } });
const setup = setupGenie(config);

/** The preset `tiny` with 16 tokens a frame: 16x16 frames, window 4, no parameter zero. */
export const TINY: Tiny = { config, setup, params: noisyParams(genieParams(setup)) };

const transformer = { numBlocks: 1, modelDim: 16, numHeads: 2 };

/** Less than that: for many steps on an engine that is slow. */
export const SMALLEST: Tiny = tinyGenie({
  tokenizer: { encoder: transformer, decoder: transformer },
  dynamics: { transformer },
  sampling: { steps: 2 },
});

export function worldOf({ config, params }: Tiny, engine: Engine): GenieWorld {
  return new GenieWorld("tiny", config, params, engine);
}

/** A square that moves right over a gradient: [count, 16, 16, 3]. */
export function movingSquare(count: number, speed: number): Frames {
  const { height, width } = config;
  const data = new Uint8Array(count * height * width * 3);
  for (let i = 0; i < data.length; i++) {
    const [t, y, x] = [
      Math.floor(i / (height * width * 3)),
      Math.floor(i / (width * 3)) % height,
      Math.floor(i / 3) % width,
    ];
    const inside = Math.abs(y - 8) < 3 && Math.abs(x - ((4 + speed * t) % width)) < 3;
    data[i] = inside ? 250 : 8 * y + (i % 3) * 20;
  }
  return { data, count, height, width };
}
