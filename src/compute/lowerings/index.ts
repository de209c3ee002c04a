import { binaryLowerings } from "./binary.ts";
import { constantLowerings } from "./constants.ts";
import { indexingLowerings } from "./indexing.ts";
import type { Lowerings } from "./lowering.ts";
import { productLowerings } from "./products.ts";
import { reductionLowerings } from "./reductions.ts";
import { shapeLowerings } from "./shapes.ts";
import { sliceLowerings } from "./slices.ts";
import { unaryLowerings } from "./unary.ts";

/** Lowerings by family; the families are the headings of docs/compiler.md. */
export const LOWERINGS_BY_FAMILY: Readonly<Record<string, Lowerings>> = {
  "Elementwise, one tensor": unaryLowerings,
  "Elementwise, several tensors": binaryLowerings,
  "Along axes": reductionLowerings,
  Shapes: shapeLowerings,
  Slices: sliceLowerings,
  "By index": indexingLowerings,
  Products: productLowerings,
  Constants: constantLowerings,
};

/** All lowerings by tfjs kernel name. */
export const LOWERINGS: Lowerings = Object.assign({}, ...Object.values(LOWERINGS_BY_FAMILY));
