import { Box, DictSpace, register } from "../../../src/env/index.ts";
import type { AnyEnv, Space } from "../../../src/env/index.ts";
import { CartPoleEnv } from "../../../src/games/index.ts";
import { SpaceEnv } from "../../testing/space-env.ts";
import { SPACES } from "../spaces-cases.ts";
import { CountingEnv } from "./counting-env.ts";

/*
 * What the worker threads of the tests import: environments by the names of these functions.
 */

register({ id: "Test/Counting-v0", entryPoint: () => new CountingEnv(), disableEnvChecker: true });

/** Gymnasium's CartPole. */
export function cartPole(): CartPoleEnv {
  return new CartPoleEnv();
}

/** Observations up to `high`. */
export function ranged({ high = 1 }: { readonly high?: number }): SpaceEnv {
  return new SpaceEnv({ observationSpace: new Box({ low: 0, high, shape: [1], dtype: "float32" }) });
}

/** All test spaces at once, as observation and action; those of one size only, or all. */
export function everySpace({ fixed }: { readonly fixed?: boolean }): SpaceEnv {
  const cases = SPACES.filter(([name, , flatdim]) => !fixed || (flatdim !== null && !/Text|OneOf|Dict in/.test(name)));
  const spaces = (): DictSpace<Record<string, unknown>> =>
    new DictSpace(Object.fromEntries(cases.map(([name, make]): [string, Space<unknown>] => [name, make()])));
  return new SpaceEnv({ observationSpace: spaces(), actionSpace: spaces(), horizon: 3 });
}

export { counting } from "./counting-env.ts";

/** Fails when its action is 9, ends its thread when it is 8, and never answers when it is 7. */
export function failing(): AnyEnv {
  return new Failing();
}

export const notAFunction = 1;

class Failing extends CountingEnv {
  override step(action: number): ReturnType<CountingEnv["step"]> {
    if (action === 9) throw new RangeError("lost");
    if (action === 8) process.exit(3);
    if (action === 7) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return super.step(action);
  }
}
