import { CompileError } from "../core/errors.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import type { Engine, Executable } from "../compute/engine.ts";
import { policyInputs, policyStep, type ActorCritic } from "./actor-critic.ts";

/** What the networks say of a batch: drawn `actions` and likeliest `modes` [B, size], `logProbs` and `values` [B]. */
export type Decision = Readonly<Record<"actions" | "modes" | "logProbs" | "values", Float32Array>>;

/** What a policy runs on: the executable that owns the parameters, and what these are. */
export type PolicyOwner = { readonly engine: Engine; readonly owner: Executable; readonly params: HostTensors };

/** The networks compiled for batches of `rows` observations; the parameters are those of the executable that trains. */
export class Policy {
  readonly #network: ActorCritic;
  readonly #step: Executable;

  private constructor(network: ActorCritic, step: Executable) {
    this.#network = network;
    this.#step = step;
  }

  static async prepare(network: ActorCritic, rows: number, { engine, owner, params }: PolicyOwner): Promise<Policy> {
    const { obsSize, head } = network;
    const step = await engine.prepare(policyStep(network), {
      name: `ppo.policy.${rows}`,
      inputs: {
        obs: { shape: [rows, obsSize], dtype: "float32" },
        noise: { shape: [rows, head.size], dtype: "float32" },
      },
      state: params,
      sharesStateOf: owner,
    });
    return new Policy(network, step);
  }

  /** Decides on observations [B, obsSize] with noise [B, size], as the head draws it. */
  async decide(obs: Float32Array, noise: Float32Array): Promise<Decision> {
    const outputs = await this.#step.run(policyInputs(this.#network, obs, noise));
    return {
      actions: floatsOf(outputs, "actions"),
      modes: floatsOf(outputs, "modes"),
      logProbs: floatsOf(outputs, "logProbs"),
      values: floatsOf(outputs, "values"),
    };
  }

  close(): void {
    this.#step.close();
  }
}

/** The float32 output of this name. @throws CompileError when there is none. */
export function floatsOf(outputs: HostTensors, name: string): Float32Array {
  const output = outputs[name];
  if (output?.dtype === "float32") return output.data;
  throw new CompileError(`ppo: output ${name} must be float32, got ${output?.dtype ?? "nothing"}`);
}
