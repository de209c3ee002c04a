import { z } from "zod";
import type { LabelQuality } from "../src/cli/reproduce/bc-plan.ts";
import type { BCSummary } from "../src/cli/reproduce/bc-report.ts";

/** What `genie-env reproduce bc --json` prints. */
export const BCRun = z.object({ quality: z.array(z.custom<LabelQuality>()), summary: z.array(z.custom<BCSummary>()) });
