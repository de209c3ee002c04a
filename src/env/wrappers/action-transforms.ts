import { Box } from "../spaces/box.ts";
import type { Space } from "../spaces/space.ts";
import { invalidAction } from "../vector/actions.ts";
import { affine } from "./affine.ts";
import type { Bounds } from "./affine.ts";
import { expectBox, fillBox } from "./boxes.ts";

/** A function of actions, and the space of what it takes. Wrappers of one environment and of many share it. */
export type ActionTransform<From, To> = { readonly space: Space<From>; readonly apply: (action: From) => To };

/** Any numbers, float32, cut to the bounds of `space`. @throws ConfigError unless a Box. */
export function clip<To>(space: Space<To>): ActionTransform<Float32Array, To> {
  const box = expectBox(space, "ClipAction");
  const outer = new Box({ low: -Infinity, high: Infinity, shape: box.shape, dtype: "float32" });
  const cut = (action: Float32Array, i: number): number =>
    Math.min(Math.max(Number(action[i]), Number(box.low[i])), Number(box.high[i]));
  return {
    space: outer,
    apply: (action) => {
      expectAction(outer, action, "ClipAction");
      return member(
        space,
        fillBox(box, (i) => cut(action, i)),
      );
    },
  };
}

/** Numbers in [min, max], float32, moved linearly to the bounds of `space`. @throws ConfigError as `affine` does. */
export function rescaleActions<To>(
  space: Space<To>,
  { min, max }: { readonly min: Bounds; readonly max: Bounds },
): ActionTransform<Float32Array, To> {
  const box = expectBox(space, "RescaleAction");
  const outer = new Box({ low: min, high: max, shape: box.shape, dtype: "float32" });
  const map = affine(outer, box, "RescaleAction");
  return {
    space: outer,
    apply: (action) => {
      expectAction(outer, action, "RescaleAction");
      const values = map(action);
      return member(
        space,
        fillBox(box, (i) => Number(values[i])),
      );
    },
  };
}

/** @throws InvalidActionError unless `action` is a member of `space`: it must be refused before it is changed. */
export function expectAction<T>(space: Space<T>, action: unknown, where: string): asserts action is T {
  if (space.contains(action)) return;
  throw invalidAction(space, action, where);
}

/** A value that was made for the space. */
export function member<T>(space: Space<T>, value: unknown): T {
  expectAction(space, value, "transformed action");
  return value;
}
