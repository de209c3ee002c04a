import { Option } from "commander";
import { ENGINE_NAMES } from "../compute/create-engine.ts";
import { PRECISIONS } from "../compute/precision.ts";

/** The games that have players, and that are played and recorded here. */
export const GAMES = ["Platformer-v0"];
/** What `--world` takes. */
export const WORLD = "a bundled world's name, or a world's folder";

/** `--engine`. */
export function engineOption(): Option {
  return new Option("--engine <name>", "what computes").choices(ENGINE_NAMES);
}

/** `--precision`. */
export function precisionOption(): Option {
  return new Option("--precision <name>", "what products with weights are computed in (engine onnx)").choices(
    PRECISIONS,
  );
}
