import { z } from "zod";

import { isRecord } from "../../core/record.ts";
import type { AnyVectorEnv, RenderMode, ResetArgs } from "../../env/env.ts";
import type { AnyEnv } from "../../env/wrapper.ts";

/** Makes a new environment each time; one that cannot render in this mode may ignore it. */
export type MakeEnv<E extends AnyEnv | AnyVectorEnv = AnyEnv> = (options: {
  readonly renderMode: RenderMode;
}) => E | Promise<E>;

/** How to check. */
export const CheckConfig = z.strictObject({
  steps: z.int().positive().default(50).describe("steps of each rollout"),
  seed: z.int().nonnegative().default(123).describe("seeds the environment and the actions"),
  options: z
    .custom<Readonly<Record<string, unknown>>>(isRecord, "a record is needed")
    .default({})
    .describe("go to every reset, copied as structuredClone copies"),
});
/** What a user writes. */
export type CheckOptions = z.input<typeof CheckConfig>;

/** What a rollout plays. */
export type Plan = {
  readonly actions: readonly unknown[];
  readonly seed: number;
  readonly options: Readonly<Record<string, unknown>>;
  /** The reset that a result of `step` asks for before the next step; null for none. */
  readonly restart: (result: unknown) => ResetArgs | null;
};

/** An environment under test. */
export type Subject<E extends AnyEnv | AnyVectorEnv = AnyEnv | AnyVectorEnv> = Plan & {
  readonly env: E;
  /** Makes another environment like `env`; null where the caller gave one environment only. */
  readonly make: MakeEnv<E> | null;
};

/** Runs `work` on another environment, which is closed afterwards; on the same one where no other can be made. */
export async function withAnother<E extends AnyEnv | AnyVectorEnv, T>(
  { env, make }: Subject<E>,
  work: (other: E) => Promise<T>,
): Promise<T> {
  if (make === null) return work(env);
  const other = await make({ renderMode: env.renderMode });
  try {
    return await work(other);
  } finally {
    other.close();
  }
}

/** Element `i` of a result that should be a tuple. */
export function part(result: unknown, i: number): unknown {
  const parts: readonly unknown[] = Array.isArray(result) ? result : [];
  return parts[i];
}
