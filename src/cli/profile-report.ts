import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOnnxEngine, expectPrecision } from "../compute/create-engine.ts";
import { readProfiles, type GraphTime, type OperatorTime } from "../compute/onnx-profile.ts";
import { loadWorld } from "../model/load-world.ts";
import type { WorldModel } from "../model/world-model.ts";
import { startPlay } from "./play-loop.ts";
import { speedWorld } from "./speed-report.ts";

/** What is profiled. */
export type ProfilePlan = {
  /** A bundled world's name or a world's folder; the shape that `genie-env speed` measures when left out. */
  readonly world?: string | undefined;
  readonly numEnvs: number;
  /** Steps that are measured, after two that are not. */
  readonly steps: number;
  /** Threads that a run uses where no workers share the rows; one per core by default. */
  readonly threads?: number | undefined;
  /** What products with weights are computed in; float32 by default. */
  readonly precision?: string | undefined;
  /** Stops it before the next step. */
  readonly signal?: AbortSignal | undefined;
};

/** An operator's time in a step, and for matrix products the 10^9 operations a second that they reach. */
export type OperatorProfile = Omit<OperatorTime, "gflop"> & { readonly gflops: number | null };

/** A graph's time in a step, by operators. `betweenMs`: what the runtime itself takes. */
export type GraphProfile = Omit<GraphTime, "operators"> & {
  readonly betweenMs: number;
  readonly operators: readonly OperatorProfile[];
};

/** Where the time of one step goes, in milliseconds. The profiler itself takes time, most between short operators. */
export type StepProfile = {
  readonly world: string;
  readonly numEnvs: number;
  readonly steps: number;
  /** By the clock, pixels to pixels. */
  readonly msPerStep: number;
  /** What is not spent in graphs: inputs, copies between threads, the cache's slots. */
  readonly outsideMs: number;
  readonly graphs: readonly GraphProfile[];
};

const WARM_UPS = 2;

/** Plays `steps` steps, pixels to pixels, on the compiled engine with ONNX Runtime's profiler. Throws when it is stopped. */
export async function profileStep({
  world: name,
  numEnvs,
  steps,
  threads,
  precision,
  signal,
}: ProfilePlan): Promise<StepProfile> {
  const folder = await mkdtemp(join(tmpdir(), "genie-env-profile-"));
  try {
    const profile = join(folder, "graph-");
    const engine = await createOnnxEngine({
      profile,
      precision: expectPrecision(precision ?? "float32"),
      ...(threads === undefined ? {} : { threads }),
    });
    const world = name === undefined ? speedWorld(engine) : await loadWorld(name, { engine, heads: false });
    const msPerStep = await timeSteps(world, numEnvs, { steps, signal });
    // The profiler's files are written when graphs are closed.
    await engine.settle?.();
    const graphs = (await readProfiles(folder, steps, steps + WARM_UPS)).map(toProfile);
    const inGraphs = graphs.reduce((sum, { ms }) => sum + ms, 0);
    return { world: world.name, numEnvs, steps, msPerStep, outsideMs: msPerStep - inGraphs, graphs };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Milliseconds that a step takes, once some were made. Closes the world. */
async function timeSteps(
  world: WorldModel,
  numEnvs: number,
  { steps, signal }: Pick<ProfilePlan, "steps" | "signal">,
): Promise<number> {
  try {
    const play = await startPlay(world, numEnvs);
    const step = () => (signal?.throwIfAborted(), play.step());
    for (let i = 0; i < WARM_UPS; i++) await step();
    const began = performance.now();
    for (let i = 0; i < steps; i++) await step();
    return (performance.now() - began) / steps;
  } finally {
    world.close();
  }
}

function toProfile({ graph, threads, ms, operators }: GraphTime): GraphProfile {
  const inOperators = operators.reduce((sum, { ms: own }) => sum + own, 0);
  return {
    graph: graph.replace("graph ", ""),
    threads,
    ms,
    betweenMs: ms - inOperators,
    operators: operators.map(({ operator, count, ms: own, gflop }) => ({
      operator,
      count,
      ms: own,
      gflops: gflop === 0 ? null : (1000 * gflop) / own,
    })),
  };
}
