import { isRecord } from "../../core/record.ts";
import type { AnyVectorEnv } from "../../env/env.ts";
import type { AnyEnv } from "../../env/wrapper.ts";

/** The state of the environment's random stream; null where it has none, as a batch, whose rows have their own. */
export function streamState(env: AnyEnv | AnyVectorEnv): unknown {
  const rng: unknown = Reflect.get(env, "rng");
  return isRecord(rng) && typeof rng["getState"] === "function" ? Reflect.apply(rng["getState"], rng, []) : null;
}
