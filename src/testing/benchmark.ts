import { z } from "zod";

import { parseOptions } from "../core/options.ts";
import type { AnyVectorEnv, RenderFrame, ResetResult, StepResult, VectorStepResult } from "../env/env.ts";
import { andThen } from "../env/reply.ts";
import type { Mode, Reply } from "../env/reply.ts";
import type { AnyEnv } from "../env/wrapper.ts";

const BenchmarkConfig = z.strictObject({
  seconds: z.number().positive().default(5).describe("time to measure for; the last call goes over it"),
  seed: z.int().nonnegative().default(0).describe("seeds the environment and the actions"),
  now: z
    .custom<() => number>((value) => typeof value === "function", "a function is needed")
    .default(() => () => performance.now())
    .describe("the clock, in milliseconds"),
});
/** How to measure. */
export type BenchmarkOptions = z.input<typeof BenchmarkConfig>;

type Step = StepResult<unknown, unknown>;
type VectorStep = VectorStepResult<unknown, unknown>;
type Reset = ResetResult<unknown, unknown>;

/** Steps a second with sampled actions, resets at the end of episodes and sampling included. */
export async function benchmarkStep(env: AnyEnv, options: BenchmarkOptions = {}): Promise<number> {
  await warmUp(env, options);
  return rate(() => {
    const stepped = env.step(env.actionSpace.sample());
    return andThen<Step, number, Mode>(stepped, ([, , terminated, truncated]) =>
      terminated || truncated ? andThen<Reset, number, Mode>(env.reset(), () => 1) : 1,
    );
  }, options);
}

/**
 * Steps of single environments a second, with sampled actions. In NextStep mode the steps that start a row anew do not
 * count; in Disabled mode finished rows are reset by mask.
 */
export async function benchmarkVectorStep(env: AnyVectorEnv, options: BenchmarkOptions = {}): Promise<number> {
  const { autoresetMode } = env.metadata;
  await warmUp(env, options);
  let starting = 0;
  return rate(() => {
    const stepped = env.step(env.actionSpace.sample());
    return andThen<VectorStep, number, Mode>(stepped, ([, , terminated, truncated]) => {
      const ended = terminated.map((flag, row) => flag | Number(truncated[row]));
      const numEnded = ended.reduce((sum, flag) => sum + flag, 0);
      const counted = env.numEnvs - starting;
      starting = autoresetMode === "NextStep" ? numEnded : 0;
      if (autoresetMode !== "Disabled" || numEnded === 0) return counted;
      return andThen<Reset, number, Mode>(env.reset({ options: { reset_mask: ended } }), () => counted);
    });
  }, options);
}

/** Resets a second. */
export async function benchmarkReset(env: AnyEnv | AnyVectorEnv, options: BenchmarkOptions = {}): Promise<number> {
  await warmUp(env, options);
  return rate(() => andThen<Reset, number, Mode>(env.reset(), () => 1), options);
}

/** Renders a second, of an environment with a render mode other than "human". */
export async function benchmarkRender(env: AnyEnv | AnyVectorEnv, options: BenchmarkOptions = {}): Promise<number> {
  await warmUp(env, options);
  return rate(() => andThen<RenderFrame, number, Mode>(env.render(), () => 1), options);
}

/** Environments a second that are made, reset once and closed. */
export async function benchmarkInit(
  make: () => AnyEnv | Promise<AnyEnv>,
  options: BenchmarkOptions = {},
): Promise<number> {
  const { seed } = expectOptions(options);
  return rate(async () => {
    const env = await make();
    await env.reset({ seed });
    env.close();
    return 1;
  }, options);
}

/** The first calls load, allocate and compile: one step, and the seeded reset that the measurement starts from. */
async function warmUp(env: AnyEnv | AnyVectorEnv, options: BenchmarkOptions): Promise<void> {
  const { seed } = expectOptions(options);
  env.actionSpace.seed(seed);
  await env.reset({ seed });
  await env.step(env.actionSpace.sample());
  await env.reset({ seed });
}

/** @throws ConfigError for options that break a rule. */
function expectOptions(options: BenchmarkOptions): z.infer<typeof BenchmarkConfig> {
  return parseOptions(BenchmarkConfig, options, "benchmark");
}

/** How much `work` does in a second; it is awaited only where it promises, as a turn of the event loop is not free. */
async function rate(work: () => Reply<number, Mode>, options: BenchmarkOptions): Promise<number> {
  const { seconds, now } = expectOptions(options);
  const start = now();
  let done = 0;
  let elapsed = 0;
  while (elapsed <= seconds) {
    const reply = work();
    done += typeof reply === "number" ? reply : await reply;
    elapsed = (now() - start) / 1000;
  }
  return done / elapsed;
}
