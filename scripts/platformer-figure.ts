import { z } from "zod";

const Solved = z.object({ solved: z.number(), levels: z.number(), low: z.number(), high: z.number() });
const PlatformerRun = z.object({
  results: z.array(
    z.object({
      difficulty: z.string(),
      ruleStepsPerSecond: z.number(),
      renderedStepsPerSecond: z.number(),
      framesPerSecond: z.record(z.string(), z.number()),
      solved: z.record(z.string(), Solved).default({}),
    }),
  ),
});

/** What `bench:platformer` printed as rows, the header first: a column a difficulty. */
export function platformerRows(result: unknown): string[][] {
  const { results } = PlatformerRun.parse(result);
  const [first] = results;
  const row = (what: string, of: (one: (typeof results)[number]) => string) => [what, ...results.map(of)];
  const speed = (value = Number.NaN) => Number(value.toPrecision(3)).toLocaleString("en");
  const share = (one?: z.infer<typeof Solved>) =>
    one === undefined
      ? ""
      : `${percent(one.solved / one.levels)} [${percent(one.low)}, ${percent(one.high)}] of ${one.levels}`;
  return [
    ["", ...results.map(({ difficulty }) => difficulty)],
    row("steps/s, rules alone", (one) => speed(one.ruleStepsPerSecond)),
    row("steps/s, with pictures", (one) => speed(one.renderedStepsPerSecond)),
    ...Object.keys(first?.framesPerSecond ?? {}).map((player) =>
      row(`frames/s, played by: ${player}`, (one) => speed(one.framesPerSecond[player])),
    ),
    ...Object.keys(first?.solved ?? {}).map((player) =>
      row(`test levels solved by: ${player}`, (one) => share(one.solved[player])),
    ),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
