import { ShapeError } from "../core/errors.ts";
import { float32, type HostTensors } from "../core/host-tensor.ts";
import type { Engine, Executable } from "../compute/engine.ts";
import { actSignature, policyAct, previousInput, type PolicyNetwork } from "./bc-network.ts";
import type { DemonstrationSet, Step } from "./demonstrations.ts";
import { floatsOf } from "./policy.ts";

/** The last frames of a batch of rows, and the random numbers [B] that actions are drawn by. */
export type PolicyInputs = {
  /** float32 [B, T, H, W, 3] in [0, 255]. */
  readonly frames: Float32Array;
  /** int32 [B, T - 1] in [0, A], A for none known. */
  readonly previous: Int32Array;
  readonly noise: Float32Array;
};

/** Drawn `actions` and likeliest `modes` [B], and the `features` [B, D] that the policy decided by. */
export type PolicyOutputs = Readonly<Record<"actions" | "modes" | "features", Float32Array>>;

const FEATURE_ROWS = 16;

/** A policy that acts with the parameters of the executable that trains; compiled for each size of batch when needed. */
export class PolicyRunner {
  readonly #network: PolicyNetwork;
  readonly #owner: { readonly engine: Engine; readonly learner: Executable; readonly params: HostTensors };
  readonly #executables = new Map<number, Promise<Executable>>();

  constructor(
    network: PolicyNetwork,
    owner: { readonly engine: Engine; readonly learner: Executable; readonly params: HostTensors },
  ) {
    this.#network = network;
    this.#owner = owner;
  }

  async run({ frames, previous, noise }: PolicyInputs): Promise<PolicyOutputs> {
    const { config, height, width } = this.#network;
    const rows = noise.length;
    const executable = await this.#executableFor(rows);
    const outputs = await executable.run({
      frames: float32(frames, [rows, config.numFrames, height, width, 3]),
      ...previousInput(this.#network, previous),
      noise: float32(noise, [rows, 1]),
    });
    return {
      actions: floatsOf(outputs, "actions"),
      modes: floatsOf(outputs, "modes"),
      features: floatsOf(outputs, "features"),
    };
  }

  /** What the policy makes of the frames before these steps, [N, D]. */
  async featuresOf(set: DemonstrationSet, steps: readonly Step[]): Promise<Float32Array> {
    const width = this.#network.config.featureDim;
    const features = new Float32Array(steps.length * width);
    for (let start = 0; start < steps.length; start += FEATURE_ROWS) {
      const part = steps.slice(start, start + FEATURE_ROWS);
      const filled = Array.from({ length: FEATURE_ROWS }, (_, i) => part[i] ?? part[0]).flatMap((step) => step ?? []);
      const { frames, previous } = set.columns(filled);
      if (frames?.dtype !== "float32") throw new ShapeError("PolicyRunner: frames must be float32");
      const known = previous?.dtype === "int32" ? previous.data : new Int32Array(0);
      const found = await this.run({ frames: frames.data, previous: known, noise: new Float32Array(FEATURE_ROWS) });
      features.set(found.features.subarray(0, part.length * width), start * width);
    }
    return features;
  }

  async close(): Promise<void> {
    for (const executable of await Promise.all(this.#executables.values())) executable.close();
    this.#executables.clear();
  }

  #executableFor(rows: number): Promise<Executable> {
    const known = this.#executables.get(rows);
    if (known) return known;
    const { engine, learner, params } = this.#owner;
    const executable = engine.prepare(policyAct(this.#network), {
      name: `bc.policy.${rows}`,
      inputs: actSignature(this.#network, rows),
      state: params,
      sharesStateOf: learner,
    });
    this.#executables.set(rows, executable);
    return executable;
  }
}
