import type { Signature } from "../compute/trace.ts";
import { ShapeError } from "../core/errors.ts";
import { int32, type HostTensor, type HostTensors } from "../core/host-tensor.ts";
import type { GenieConfig } from "./genie.ts";
import { expectLike } from "./session-checks.ts";

/**
 * What the numbers of a row's state mean. To be raised with every change of what caches hold, as when keys are scaled in
 * another way: shapes do not tell, and a saved state would go on as something else.
 */
const FORMAT = 1;

/** What marks a state as one of this release: int32 [1], in memory of its own. */
export function stateFormat(): HostTensor {
  return int32(Int32Array.of(FORMAT), [1]);
}

/** What `getState` has of a row: its caches, its current frame, and how long it has played. */
export function stateSpecs(caches: Signature, { height, width }: GenieConfig, tokensPerFrame: number): Signature {
  const whole = (size: number) => ({ shape: [1, size], dtype: "int32" }) as const;
  const one = { shape: [1], dtype: "int32" } as const;
  return { ...caches, tokens: whole(tokensPerFrame), age: one, pixels: whole(height * width * 3), format: one };
}

/** @throws ShapeError unless a state has tensors of these specs and this release's format. */
export function expectState(state: HostTensors, specs: Signature, where: string): void {
  expectLike(state, specs, where);
  const format = state["format"]?.data[0];
  if (format === FORMAT) return;
  throw new ShapeError(
    `${where}: format must be ${FORMAT}, got ${format} - the state is of another release of genie-env: take it anew`,
  );
}
