import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import type { Signature } from "../../compute/trace.ts";
import { float32, int32, type HostTensors } from "../../core/host-tensor.ts";
import type { Rng } from "../../core/rng.ts";
import { perplexity } from "../../metrics/information.ts";
import { AdamWConfig } from "../../nn/adamw.ts";
import { stopGradient } from "../../nn/ops.ts";
import { param, underPrefix, withPrefix } from "../../nn/params.ts";
import { codebookSize } from "../../nn/quantizers.ts";
import { dynamicsLoss } from "../dynamics-model.ts";
import type { GenieConfig, GenieSetup } from "../genie.ts";
import { inferActions, latentActionLoss } from "../latent-action-model.ts";
import type { LossFunction, LossResult } from "../../nn/train-step.ts";
import { tokenize, tokenizerLoss } from "../video-tokenizer.ts";
import { ScheduleConfig } from "./schedule.ts";

/** How one stage of training goes. */
export const StageConfig = z.strictObject({
  batchSize: z.int().positive().default(8).describe("clips per step"),
  numFrames: z.int().min(2).optional().describe("frames per clip; the model's own number when left out"),
  endings: z.int().positive().default(1).describe("how many times as often a clip's last second is drawn as the rest"),
  schedule: ScheduleConfig.prefault({}),
  optimiser: AdamWConfig.prefault({}),
  keepActions: z
    .boolean()
    .default(false)
    .describe("stage two: latent actions stay as they start (from another world), and only the dynamics model learns"),
});
export type StageConfig = z.infer<typeof StageConfig>;

/** The two stages: first the tokenizer, then latent actions and dynamics together. */
export type StageName = "tokenizer" | "dynamics";

/** One stage: which parameters learn, what they minimise, and what a step is fed. */
export type Stage = {
  readonly name: StageName;
  /** Prefixes of the parameters that learn; the others that `constantsOf` names are given and fixed. */
  readonly learns: readonly string[];
  readonly constants: readonly string[];
  readonly inputs: Signature;
  readonly loss: LossFunction;
  /** Inputs of a step beside the frames: all randomness of the step. */
  readonly draw: (rng: Rng) => HostTensors;
  /** Numbers to log, from the outputs of a step. */
  readonly summarise: (outputs: HostTensors) => Record<string, number>;
  /** How many latent actions there are, where the stage learns them: their use is watched. */
  readonly numActions?: number;
};

/** The stage of this name. */
export function createStage(name: StageName, config: GenieConfig, setup: GenieSetup, options: StageConfig): Stage {
  return name === "tokenizer" ? tokenizerStage(config, setup, options) : dynamicsStage(config, setup, options);
}

function framesSpec(config: GenieConfig, options: StageConfig) {
  const shape = [options.batchSize, options.numFrames ?? config.numFrames, config.height, config.width, 3];
  return { shape, dtype: "float32" } as const;
}

function restartsSpec(size: number) {
  return { shape: [size], dtype: "float32" } as const;
}

function tokenizerStage(config: GenieConfig, setup: GenieSetup, options: StageConfig): Stage {
  const size = codebookSize(config.tokenizer.quantizer);
  return {
    name: "tokenizer",
    learns: ["tokenizer"],
    constants: [],
    inputs: { frames: framesSpec(config, options), restarts: restartsSpec(size) },
    loss: (params, inputs) => {
      const own = underPrefix("tokenizer", params);
      const batch = { frames_BTHWC: param(inputs, "frames"), restarts_K: param(inputs, "restarts") };
      const { loss, metrics, updates } = tokenizerLoss(setup.tokenizer, own, batch);
      return { loss, metrics, updates: withPrefix("tokenizer", updates) };
    },
    draw: (rng) => ({ restarts: float32(rng.split("restarts").uniforms(size), [size]) }),
    summarise: (outputs) => ({
      loss: scalar(outputs, "loss"),
      // Patches lie in [-1, 1], so the peak is 2.
      psnr: -10 * Math.log10(scalar(outputs, "mse") / 4),
      gradientNorm: scalar(outputs, "gradientNorm"),
      ...usage(outputs, "tokens", size),
    }),
  };
}

function dynamicsStage(config: GenieConfig, setup: GenieSetup, options: StageConfig): Stage {
  const { tokensPerFrame: n, numActions } = setup.dynamics;
  const frames = framesSpec(config, options);
  const [b = 1, t = 2] = frames.shape;
  const floats = (...shape: number[]) => ({ shape, dtype: "float32" }) as const;
  const { maskRate, corruption } = config.dynamics;
  const { keepActions } = options;
  return {
    name: "dynamics",
    numActions,
    learns: keepActions ? ["dynamics"] : ["actions", "dynamics"],
    constants: keepActions ? ["tokenizer", "actions"] : ["tokenizer"],
    inputs: {
      frames,
      ...(keepActions ? {} : { restarts: restartsSpec(numActions) }),
      rates: floats(b),
      masks: floats(b, t - 1, n),
      corrupt: floats(b, t, n),
      donors: { shape: [b, t, n], dtype: "int32" },
    },
    loss: genieLoss(config, setup, keepActions),
    draw: (rng) => {
      const [low, high] = maskRate;
      const rates = rng
        .split("rates")
        .uniforms(b)
        .map((u) => low + (high - low) * u);
      const shares = rng
        .split("corruption")
        .uniforms(b)
        .map((u) => u * corruption);
      const corrupt = rng.split("corrupt").uniforms(b * t * n);
      const donors = rng.split("noise").uniforms(b * t * n);
      return {
        ...(keepActions ? {} : { restarts: float32(rng.split("restarts").uniforms(numActions), [numActions]) }),
        rates: float32(rates, [b]),
        masks: float32(rng.split("masks").uniforms(b * (t - 1) * n), [b, t - 1, n]),
        corrupt: float32(
          corrupt.map((u, i) => Number(u < (shares[Math.floor(i / (t * n))] ?? 0))),
          [b, t, n],
        ),
        donors: int32(
          Int32Array.from(donors, (u) => Math.floor(u * donors.length)),
          [b, t, n],
        ),
      };
    },
    summarise: (outputs) => ({
      loss: scalar(outputs, "loss"),
      crossEntropy: scalar(outputs, "crossEntropy"),
      accuracy: scalar(outputs, "accuracy"),
      gradientNorm: scalar(outputs, "gradientNorm"),
      ...lamQuality(outputs),
      ...usage(outputs, "actions", numActions),
    }),
  };
}

/** Latent actions and dynamics, trained together; no gradient of the dynamics reaches the latent actions. */
function genieLoss(config: GenieConfig, setup: GenieSetup, keepActions: boolean): LossFunction {
  return (params, inputs) => {
    const frames = param(inputs, "frames");
    const tokens = stopGradient(tokenize(setup.tokenizer, underPrefix("tokenizer", params), frames));
    const clip = config.actions.input === "pixels" ? frames : tokens;
    const actionParams = underPrefix("actions", params);
    const actions = keepActions
      ? knownActions(inferActions(setup.actions, actionParams, clip))
      : latentActionLoss(setup.actions, actionParams, { clip, restarts_K: param(inputs, "restarts") });
    const dynamics = dynamicsLoss(setup.dynamics, underPrefix("dynamics", params), {
      tokens_BTN: tokens,
      actions_BT: param(actions.metrics, "actions"),
      rates_B: param(inputs, "rates"),
      masks_BTN: param(inputs, "masks"),
      donors_BTN: param(inputs, "donors"),
      corrupt_BTN: param(inputs, "corrupt"),
    });
    return {
      loss: actions.loss.add(dynamics.loss),
      metrics: { ...actions.metrics, ...dynamics.metrics },
      updates: withPrefix("actions", actions.updates),
    };
  };
}

/** What learning latent actions would give, of those that no longer learn. */
function knownActions(actions_BT: tf.Tensor): LossResult {
  return { loss: tf.scalar(0), metrics: { actions: stopGradient(actions_BT) }, updates: {} };
}

/** How much better than repeating the last frame the latent action model predicts, in dB. */
function lamQuality(outputs: HostTensors): Record<string, number> {
  if (outputs["lamCrossEntropy"]) return { lamCrossEntropy: scalar(outputs, "lamCrossEntropy") };
  if (!outputs["lamMse"]) return {};
  return { lamGain: 10 * Math.log10(scalar(outputs, "copyMse") / scalar(outputs, "lamMse")) };
}

/** How many codes a batch used, and their perplexity. */
function usage(outputs: HostTensors, name: "tokens" | "actions", size: number): Record<string, number> {
  const counts = new Array<number>(size).fill(0);
  for (const index of outputs[name]?.data ?? []) counts[index] = (counts[index] ?? 0) + 1;
  const used = counts.filter((count) => count > 0).length;
  return { [`${name}Used`]: used, [`${name}Perplexity`]: perplexity(counts) };
}

function scalar(outputs: HostTensors, name: string): number {
  return outputs[name]?.data[0] ?? Number.NaN;
}
