import type { HostTensor, HostTensors, TensorSpec } from "../core/host-tensor.ts";
import type { Engine, Executable } from "./engine.ts";

/**
 * A tensor that stays where its engine computes until somebody reads it (`readTensors`). Whoever holds it disposes of it;
 * on an engine that computes in host memory it is only a wrapper.
 */
export interface DeviceTensor extends TensorSpec {
  /** Another holder of the same numbers. */
  share(): DeviceTensor;
  /** May be called twice. */
  dispose(): void;
}

/** What a graph takes: tensors in host memory, and those that an engine has kept. */
export type LaunchInputs = Readonly<Record<string, HostTensor | DeviceTensor>>;

class HostResident implements DeviceTensor {
  readonly value: HostTensor;

  constructor(value: HostTensor) {
    this.value = value;
  }

  get shape(): readonly number[] {
    return this.value.shape;
  }

  get dtype(): HostTensor["dtype"] {
    return this.value.dtype;
  }

  share(): DeviceTensor {
    return this;
  }

  dispose(): void {}
}

/** A host tensor where a device's is wanted; it goes up whenever it is used. Not copied. */
export function onHost(value: HostTensor): DeviceTensor {
  return new HostResident(value);
}

/** Runs a graph and leaves its outputs where they are; on an engine that computes in host memory that is the host. */
export async function launch(executable: Executable, inputs: LaunchInputs): Promise<Record<string, DeviceTensor>> {
  const given = Object.fromEntries(
    Object.entries(inputs).map(([key, x]) => [key, x instanceof HostResident ? x.value : x]),
  );
  if (executable.launch) return executable.launch(given);
  const outputs = await executable.run(given as HostTensors);
  return Object.fromEntries(Object.entries(outputs).map(([key, tensor]) => [key, onHost(tensor)]));
}

/**
 * Brings tensors of one engine down, in one read for all of them. They stay the caller's. Whole numbers must lie within
 * 2^24 of 0, so that they can travel beside others as float32.
 */
export async function readTensors(engine: Engine, tensors: readonly DeviceTensor[]): Promise<HostTensor[]> {
  const away = tensors.filter((tensor) => !(tensor instanceof HostResident));
  const down = away.length > 0 && engine.read ? (await engine.read(away)).values() : [].values();
  return tensors.map((tensor) => {
    const value = tensor instanceof HostResident ? tensor.value : down.next().value;
    if (value === undefined) throw new TypeError("readTensors: a tensor of this engine is needed, got another's");
    return value;
  });
}
