import { Rng } from "../../src/core/rng.ts";
import { Box } from "../../src/env/index.ts";
import type { ResetArgs, Space } from "../../src/env/index.ts";
import type { FindingCode } from "../../src/testing/index.ts";
import { SpaceEnv } from "./space-env.ts";
import type { Phase } from "./space-env.ts";

/** What is wrong, what must be found, where, and an environment that is broken like that. */
export type Case = readonly [name: string, code: FindingCode, path: string, make: () => SpaceEnv];

/** Pairs of float32. */
export function box(low: number, high: number | number[]): Box {
  return new Box({ low, high, shape: [2], dtype: "float32" });
}

/** The object with members replaced at run time, as only untyped code could. */
export function withFaults<E extends object>(target: E, faults: object): E {
  for (const [name, value] of Object.entries(faults)) {
    Object.defineProperty(target, name, { value, writable: true, configurable: true });
  }
  return target;
}

/** An environment with members that replace its own. */
export function broken(fault: object | ((env: SpaceEnv) => object)): () => SpaceEnv {
  return () => {
    const env = new SpaceEnv();
    return withFaults(env, typeof fault === "function" ? fault(env) : fault);
  };
}

/** One whose resets return something else. */
export function afterReset(change: (result: readonly unknown[]) => unknown): () => SpaceEnv {
  return broken((env) => {
    const reset = env.reset.bind(env);
    return { reset: (args: ResetArgs) => change(reset(args)) };
  });
}

/** One whose steps return something else; `count` counts them. */
export function afterStep(
  change: (result: readonly unknown[], count: number, env: SpaceEnv) => unknown,
): () => SpaceEnv {
  return broken((env) => {
    const step = env.step.bind(env);
    let count = 0;
    return { step: (action: unknown) => change(step(action), (count += 1), env) };
  });
}

/** One whose steps return something else in one place. */
export function inStep(part: number, value: (count: number) => unknown): () => SpaceEnv {
  return afterStep((result, count) => result.with(part, value(count)));
}

/** One that always sees the same. */
export function seeing(observationSpace: Space<unknown>, obs: () => unknown): () => SpaceEnv {
  return () => withFaults(new SpaceEnv({ observationSpace }), { observe: obs });
}

/** One that does something before it acts, and may not get as far. */
export function beforeStep(first: (action: unknown, env: SpaceEnv) => unknown): () => SpaceEnv {
  return broken((env) => {
    const step = env.step.bind(env);
    return { step: (action: unknown) => step(first(action, env)) };
  });
}

/** One that does something before it resets, and may not get as far. */
export function beforeReset(first: (args: ResetArgs, env: SpaceEnv) => void): () => SpaceEnv {
  return broken((env) => {
    const reset = env.reset.bind(env);
    const resetAfter = (args: ResetArgs = {}): unknown => {
      env.expect("reset", ["fresh", "running", "ended"]);
      first(args, env);
      return reset(args);
    };
    return { reset: resetAfter };
  });
}

/** One whose every reset starts the stream of this seed. */
export function restarting(seedOf: (seed: number | undefined) => number): () => SpaceEnv {
  return broken((env) => {
    const [reset, restart] = [env.reset.bind(env), env.restart.bind(env)];
    const resetAs = ({ seed }: ResetArgs = {}): unknown => {
      if (seed !== undefined) restart(seed);
      env.rng = new Rng(seedOf(seed));
      return reset();
    };
    return { reset: resetAs };
  });
}

/** One that allows a call in one more phase. */
export function allowing(call: string, phase: Phase): () => SpaceEnv {
  return broken((env) => {
    const expectPhase = env.expect.bind(env);
    return {
      expect: (where: string, phases: readonly Phase[]) =>
        expectPhase(where, where === call ? [...phases, phase] : phases),
    };
  });
}

/** One that refuses misuse with an error of no class. */
export function refusingWith(error: Error): () => SpaceEnv {
  return broken((env) => {
    const expectPhase = env.expect.bind(env);
    const expectOrThrow: SpaceEnv["expect"] = (...args) => {
      try {
        expectPhase(...args);
      } catch {
        throw error;
      }
    };
    return { expect: expectOrThrow };
  });
}
