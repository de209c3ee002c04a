import * as tf from "@tensorflow/tfjs";
import { float32, int32, type HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";
import type { Engine, Executable } from "../compute/engine.ts";
import { ADAMW_INPUTS, AdamWConfig, adamwInputs } from "../nn/adamw.ts";
import { linear, linearParams } from "../nn/linear.ts";
import { crossEntropy, embed } from "../nn/ops.ts";
import { initParams, normal, param, withPrefix, type Params, type ParamSpecs } from "../nn/params.ts";
import { initTrainState, trainStep } from "../nn/train-step.ts";
import type { ActionHead } from "./action-head.ts";
import { floatsOf } from "./policy.ts";

/** What a decoder maps: features of width D and one of A latent actions to a real action. */
export type DecoderNetwork = {
  readonly featureWidth: number;
  readonly numLatentActions: number;
  readonly head: ActionHead;
};

/** Labelled steps: features [N, D] of what was seen, latent and real actions [N]. */
export type DecoderLabels = {
  readonly features: Float32Array;
  readonly latentActions: Int32Array;
  readonly actions: Int32Array;
};

const HIDDEN = 64;
const BATCH = 64;
const NUM_UPDATES = 400;
const LEARNING_RATE = 3e-3;

/** All parameters. */
export function decoderParams({ featureWidth, numLatentActions, head }: DecoderNetwork): ParamSpecs {
  return {
    table: normal([numLatentActions, head.numOutputs], 0.01),
    latents: normal([numLatentActions, HIDDEN], 1),
    ...withPrefix("hidden", linearParams(featureWidth, HIDDEN, { bias: true })),
    ...withPrefix("out", linearParams(HIDDEN, head.numOutputs, { bias: true, std: 0 })),
  };
}

/**
 * From latent to real actions with a look at the observation, as LAPO does (Schmidt and Jiang 2024): logits [B, U] of a
 * table's row for the latent action, plus those of a small network that sees the policy's features of the observation.
 */
function decoderLogits({ head }: DecoderNetwork, params: Params, inputs: Params): tf.Tensor2D {
  const latents = param(inputs, "latents.index");
  const seen = tf.add(linear(params, "hidden", param(inputs, "features")), embed(param(params, "latents"), latents));
  const logits = tf.add(linear(params, "out", tf.tanh(seen)), embed(param(params, "table"), latents));
  return tf.reshape(logits, [-1, head.numOutputs]);
}

/** Learns a decoder from labelled steps; equal labels and streams give equal parameters on one engine. */
export async function learnDecoder(
  network: DecoderNetwork,
  { features, latentActions, actions }: DecoderLabels,
  engine: Engine,
  rng: Rng,
): Promise<HostTensors> {
  const params = initParams(decoderParams(network), rng.split("params"));
  const optimiser = AdamWConfig.parse({ beta2: 0.999, weightDecay: 0.1 });
  const lossOf = (learning: Params, inputs: Params) => {
    const labels: tf.Tensor1D = tf.reshape(param(inputs, "labels"), [-1]);
    const loss = crossEntropy(decoderLogits(network, learning, inputs), labels, tf.ones([BATCH]));
    return { loss, metrics: {}, updates: {} };
  };
  const { featureWidth } = network;
  using learner = closing(
    await engine.prepare(trainStep(Object.keys(params), lossOf, optimiser), {
      name: "bc.decoder.update",
      inputs: { ...inputSignature(network, BATCH), labels: { shape: [BATCH], dtype: "int32" }, ...ADAMW_INPUTS },
      state: initTrainState(params),
    }),
  );
  const order = rng.split("order");
  for (let step = 1; step <= NUM_UPDATES; step++) {
    const rows = Array.from({ length: BATCH }, () => order.integer(actions.length));
    const part = new Float32Array(BATCH * featureWidth);
    for (const [i, row] of rows.entries()) {
      part.set(features.subarray(row * featureWidth, (row + 1) * featureWidth), i * featureWidth);
    }
    const pick = (from: Int32Array) => Int32Array.from(rows, (row) => Number(from[row]));
    await learner.executable.run({
      ...inputsOf(network, part, pick(latentActions)),
      labels: int32(pick(actions), [BATCH]),
      ...adamwInputs(optimiser, step, LEARNING_RATE * (1 - (step - 1) / NUM_UPDATES)),
    });
  }
  return learner.executable.readState(Object.keys(params));
}

/** A decoder compiled for batches of one size. */
export class ActionDecoder {
  readonly #network: DecoderNetwork;
  readonly #executable: Executable;

  private constructor(network: DecoderNetwork, executable: Executable) {
    this.#network = network;
    this.#executable = executable;
  }

  static async prepare(
    network: DecoderNetwork,
    params: HostTensors,
    engine: Engine,
    rows: number,
  ): Promise<ActionDecoder> {
    const { head } = network;
    const decide = (inputs: Params): Record<string, tf.Tensor> => {
      const logits = decoderLogits(network, inputs, inputs);
      const noise: tf.Tensor2D = tf.reshape(param(inputs, "noise"), [-1, 1]);
      return { actions: head.sample(inputs, logits, noise), modes: head.mode(logits) };
    };
    const executable = await engine.prepare(decide, {
      name: `bc.decoder.${rows}`,
      inputs: { ...inputSignature(network, rows), noise: { shape: [rows, 1], dtype: "float32" } },
      constants: params,
    });
    return new ActionDecoder(network, executable);
  }

  /** Drawn `actions` and likeliest `modes` [B] for features [B, D], latent actions and noise [B]. */
  async decide(
    features: Float32Array,
    latentActions: Int32Array,
    noise: Float32Array,
  ): Promise<Record<"actions" | "modes", Float32Array>> {
    const outputs = await this.#executable.run({
      ...inputsOf(this.#network, features, latentActions),
      noise: float32(noise, [noise.length, 1]),
    });
    return { actions: floatsOf(outputs, "actions"), modes: floatsOf(outputs, "modes") };
  }

  close(): void {
    this.#executable.close();
  }
}

function inputSignature({ featureWidth }: DecoderNetwork, rows: number) {
  return {
    features: { shape: [rows, featureWidth], dtype: "float32" },
    "latents.index": { shape: [rows], dtype: "int32" },
  } as const;
}

function inputsOf({ featureWidth }: DecoderNetwork, features: Float32Array, latentActions: Int32Array): HostTensors {
  const rows = latentActions.length;
  return { features: float32(features, [rows, featureWidth]), "latents.index": int32(latentActions, [rows]) };
}

function closing(executable: Executable): Disposable & { readonly executable: Executable } {
  return { executable, [Symbol.dispose]: () => executable.close() };
}
