import { z } from "zod";

const Cases = z.array(
  z.object({ world: z.string(), numEnvs: z.number(), real: z.number(), estimated: z.number(), ratio: z.number() }),
);

/** A header, and a row for each case. */
export function memoryRows(result: unknown): string[][] {
  return [
    ["megabytes", "taken", "estimated", "taken over estimated"],
    ...Cases.parse(result).map(({ world, numEnvs, real, estimated, ratio }) => [
      `${world}, ${numEnvs} environment${numEnvs === 1 ? "" : "s"}`,
      String(real),
      String(estimated),
      ratio.toFixed(2),
    ]),
  ];
}
