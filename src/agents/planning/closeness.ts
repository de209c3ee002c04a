import { ShapeError } from "../../core/errors.ts";
import type { Objective } from "./branching.ts";

/**
 * The objective to see an image: minus the mean absolute difference of bytes, in [-1, 0], as `goalImageReward` has it.
 * goal: uint8 RGB of the size of an observation.
 * @throws ShapeError (when it is used) for observations of another size.
 */
export function closenessTo(goal: Uint8Array): Objective {
  return (obs) => {
    if (!(obs instanceof Uint8Array) || obs.length !== goal.length) {
      throw new ShapeError(`closenessTo: observations must be ${goal.length} bytes of pixels, got something else`);
    }
    let sum = 0;
    for (let i = 0; i < goal.length; i++) sum += Math.abs(Number(goal[i]) - Number(obs[i]));
    return 0 - sum / (goal.length * 255);
  };
}
