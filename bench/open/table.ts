import { z } from "zod";

const Opened = z.object({
  world: z.string(),
  /** From `GenieEnv.load` to the first step, by the clock, and in processor time of all threads. */
  firstMs: z.number(),
  processorMs: z.number(),
  /** The graphs of one environment: tracing them, opening them, and opening them from files that are optimised already. */
  traceMs: z.number(),
  openMs: z.number(),
  storedMs: z.number(),
});
/** What opening a world takes, in milliseconds. */
export type Opened = z.infer<typeof Opened>;

/** A header, and a row for each world. */
export function openRows(result: unknown): string[][] {
  return [
    [
      "milliseconds",
      "load to first step",
      "of processor time",
      "of it, tracing",
      "opening graphs",
      "opening them from a cache",
    ],
    ...Opened.array()
      .parse(result)
      .map(({ world, firstMs, processorMs, traceMs, openMs, storedMs }) => [
        world,
        ...[firstMs, processorMs, traceMs, openMs, storedMs].map((ms) => ms.toFixed(0)),
      ]),
  ];
}
