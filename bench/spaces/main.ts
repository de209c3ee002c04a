/*
 * How fast spaces draw and judge values on one core, beside zod: `contains` is written by hand, `schema` is the space's
 * own schema (which asks `contains` once per value), `elements` is a schema that looks at every element of the value's
 * JSON. Prints JSON: calls per second of processor time (other programs on the machine do not count), medians over
 * rounds, and how many times `contains` is faster than each schema.
 *
 *   npm run bench:spaces
 */
import { z } from "zod";

import { median } from "../../src/cli/speed-report.ts";
import { Box, Discrete, MultiDiscrete } from "../../src/env/index.ts";
import type { Space } from "../../src/env/index.ts";
import { expectWords, runBench } from "../run.ts";

const ROUNDS = 5;
/** Seconds of processor time of one measurement. */
const SECONDS = 0.2;

/** Calls per second of processor time, medians over rounds. */
function speed(call: () => void): number {
  return median(Array.from({ length: ROUNDS }, () => callsPerSecond(call)));
}

function callsPerSecond(call: () => void): number {
  let [calls, seconds] = [0, 0];
  const began = process.cpuUsage();
  for (let batch = 1; seconds < SECONDS; batch *= 2) {
    for (let i = 0; i < batch; i++) call();
    calls += batch;
    const { user, system } = process.cpuUsage(began);
    seconds = (user + system) / 1e6;
  }
  return calls / seconds;
}

function measure(space: Space<unknown>) {
  const { schema } = space;
  const elements = z.fromJSONSchema(z.toJSONSchema(schema));
  const value = space.sample();
  const json = space.valueToJSON(value);
  const speeds = {
    sample: speed(() => space.sample()),
    contains: speed(() => space.contains(value)),
    schema: speed(() => schema.safeParse(value)),
    elements: speed(() => elements.safeParse(json)),
  };
  const { contains } = speeds;
  return { ...speeds, ratio: { schema: contains / speeds.schema, elements: contains / speeds.elements } };
}

const image = { shape: [64, 64, 3], dtype: "uint8" } as const;
const spaces: Readonly<Record<string, Space<unknown>>> = {
  "Box(0, 255, [64, 64, 3], uint8)": new Box({ low: 0, high: 255, ...image }),
  "Box(0, 254, [64, 64, 3], uint8)": new Box({ low: 0, high: 254, ...image }),
  "Discrete(8)": new Discrete(8),
  "MultiDiscrete(64 of 512)": new MultiDiscrete(new Int32Array(64).fill(512)),
};
await runBench((words) => {
  expectWords("bench:spaces", words, 0);
  const results = Object.entries(spaces).map(([name, space]) => [name, measure(space)]);
  console.log(JSON.stringify({ node: process.version, spaces: Object.fromEntries(results) }, null, 2));
});
