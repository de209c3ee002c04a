import { z } from "zod";

const Profile = z.object({
  numEnvs: z.number(),
  msPerStep: z.number(),
  outsideMs: z.number(),
  graphs: z.array(
    z.object({
      graph: z.string(),
      ms: z.number(),
      betweenMs: z.number(),
      operators: z.array(
        z.object({ operator: z.string(), count: z.number(), ms: z.number(), gflops: z.number().nullable() }),
      ),
    }),
  ),
});

/** Operators that take less of a step than this are summed. */
const SMALL_SHARE = 0.01;

/** Where a step's time goes, of what `genie-env profile` prints. */
export function profileTable(result: unknown): string[] {
  const { numEnvs, msPerStep, outsideMs, graphs } = Profile.parse(result);
  const row = (what: string, ms: number, count = "", gflops: number | null = null) => [
    what,
    `${((100 * ms) / msPerStep).toFixed(1)} %`,
    count,
    gflops === null ? "" : gflops.toFixed(1),
  ];
  const rows = graphs.flatMap(({ graph, ms, betweenMs, operators }) => {
    const large = operators.filter((operator) => operator.ms >= SMALL_SHARE * msPerStep);
    const rest = operators.slice(large.length).reduce((sum, operator) => sum + operator.ms, 0);
    return [
      row(`**${graph}**`, ms),
      ...large.map((operator) => row(operator.operator, operator.ms, operator.count.toFixed(0), operator.gflops)),
      row("other operators", rest),
      row("between operators", betweenMs),
    ];
  });
  const header = [`${numEnvs} environment${numEnvs === 1 ? "" : "s"}`, "of a step", "runs a step", "GFLOP/s"];
  return table(header, [...rows, row("outside the graphs", outsideMs)]);
}

/** A table in Markdown; all but the first column hold numbers. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(line)];
}
