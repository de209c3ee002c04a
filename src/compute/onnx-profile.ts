import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { sizeOf } from "../core/shape.ts";

/*
 * What ONNX Runtime's own profiler wrote down. It writes a file per session when that is released, and names it by the
 * clock: the prefix has to say which graph it was, and which of the threads that run the graph side by side.
 */

/** All runs of the operators of one kind, per step: how often, for how long, and the 10^9 float operations of products. */
export type OperatorTime = {
  readonly operator: string;
  readonly count: number;
  readonly ms: number;
  readonly gflop: number;
};

/** One graph's share of a step. Where threads run parts of the batch side by side, times are the mean thread's. */
export type GraphTime = {
  readonly graph: string;
  readonly threads: number;
  /** A run as a whole: the operators, and what the runtime does between them. */
  readonly ms: number;
  /** The slowest first; counts and operations of all threads together. */
  readonly operators: readonly OperatorTime[];
};

/** The start of a profile's path: files of graphs and threads must differ, those of one graph be found together. */
export function profilePath(prefix: string, graph: string, thread: number): string {
  return `${prefix}${graph.replaceAll(/\W+/g, "-")}.${thread}`;
}

const FILE = /^(.+)\.(\d+)_[\d_-]+\.json$/;

const Shapes = z.array(z.record(z.string(), z.array(z.number()))).default([]);
const Event = z.object({
  cat: z.string(),
  name: z.string(),
  ts: z.number(),
  dur: z.number(),
  args: z.object({ op_name: z.string().default(""), input_type_shape: Shapes, output_type_shape: Shapes }),
});
type Event = z.infer<typeof Event>;

/**
 * The profiles in a folder of graphs that were run at least `minRuns` times, by their last `runs` runs, the slowest graph
 * first. What was run less often is no part of a step.
 */
export async function readProfiles(folder: string, runs: number, minRuns = runs): Promise<GraphTime[]> {
  const byGraph = new Map<string, Event[][]>();
  for (const file of (await readdir(folder)).toSorted()) {
    const [, graph] = FILE.exec(file) ?? [];
    if (graph === undefined) continue;
    const events = z.array(Event).parse(JSON.parse(await readFile(join(folder, file), "utf8")));
    const last = lastRuns(events, runs, minRuns);
    if (last.length > 0) byGraph.set(graph, [...(byGraph.get(graph) ?? []), last]);
  }
  const graphs = [...byGraph].map(([graph, threads]) => graphTime(graph, threads, runs));
  return graphs.toSorted((a, b) => b.ms - a.ms);
}

/** The events of the last runs; none where there were fewer than `minRuns`. */
function lastRuns(events: readonly Event[], runs: number, minRuns: number): Event[] {
  const starts = events.filter(isRun).map(({ ts }) => ts);
  const start = starts.toSorted((a, b) => b - a)[runs - 1];
  if (start === undefined || starts.length < minRuns) return [];
  return events.filter((event) => event.ts >= start && (isRun(event) || event.cat === "Node"));
}

function isRun({ cat, name }: Event): boolean {
  return cat === "Session" && name === "model_run";
}

function graphTime(graph: string, threads: readonly (readonly Event[])[], runs: number): GraphTime {
  const events = threads.flat();
  const perRun = (some: readonly Event[]) => milliseconds(some) / runs / threads.length;
  const nodes = new Map<string, Event[]>();
  for (const event of events.filter(({ cat }) => cat === "Node")) {
    const same = nodes.get(event.args.op_name) ?? [];
    same.push(event);
    nodes.set(event.args.op_name, same);
  }
  const operators = [...nodes].map(([operator, some]) => ({
    operator,
    count: some.length / runs,
    ms: perRun(some),
    gflop: some.reduce((sum, event) => sum + productFlops(event), 0) / 1e9 / runs,
  }));
  return {
    graph: graph.replaceAll("-", " "),
    threads: threads.length,
    ms: perRun(events.filter(isRun)),
    operators: operators.toSorted((a, b) => b.ms - a.ms),
  };
}

function milliseconds(events: readonly Event[]): number {
  return events.reduce((sum, { dur }) => sum + dur / 1000, 0);
}

const PRODUCTS = new Set(["MatMul", "FusedMatMul", "Gemm", "FusedGemm", "MatMulIntegerToFloat"]);

/**
 * Operations of a matrix product [m, k] x [k, n]. Weights that the runtime has packed are missing from its inputs, so the
 * first input must tell k: it is the side that is not m.
 */
function productFlops({ args }: Event): number {
  if (!PRODUCTS.has(args.op_name)) return 0;
  const [[first = []] = [], [result = []] = []] = [args.input_type_shape, args.output_type_shape].map((shapes) =>
    Object.values(shapes[0] ?? {}),
  );
  const inner = first.at(-2) === result.at(-2) ? first.at(-1) : first.at(-2);
  return 2 * sizeOf(result) * (inner ?? 1);
}
