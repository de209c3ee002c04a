import { axisCases } from "./axis-cases.ts";
import { binaryCases } from "./binary-cases.ts";
import type { CaseTable } from "./case.ts";
import { indexCases } from "./index-cases.ts";
import { productCases } from "./product-cases.ts";
import { shapeCases } from "./shape-cases.ts";
import { unaryCases } from "./unary-cases.ts";

/** Cases for every kernel that compiles. */
export const CASES: CaseTable = {
  ...unaryCases,
  ...binaryCases,
  ...axisCases,
  ...shapeCases,
  ...indexCases,
  ...productCases,
};
