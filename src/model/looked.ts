import type { DeviceTensor } from "../compute/device-tensors.ts";
import type { HostTensor } from "../core/host-tensor.ts";
import type { Seen } from "./world-model.ts";

/** What somebody asked of a frame, on the device still, and what it says once it is down. */
export type Looked = {
  readonly tensors: readonly DeviceTensor[];
  readonly finish: (down: readonly (HostTensor | undefined)[]) => Seen;
};

/** Several things that were asked of one frame, as one. */
export function together(parts: readonly Looked[]): Looked {
  return {
    tensors: parts.flatMap(({ tensors }) => tensors),
    finish: (down) => {
      let start = 0;
      const seen = parts.map(({ tensors, finish }) => finish(down.slice(start, (start += tensors.length))));
      return Object.assign({}, ...seen);
    },
  };
}
