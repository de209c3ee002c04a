import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import type { Signature } from "../../compute/trace.ts";
import { ConfigError } from "../../core/errors.ts";
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
  learns: z
    .enum(["all", "decoder", "actions", "dynamics"])
    .default("all")
    .describe(
      "the whole of a stage, as in the paper, or a part, while the rest stays as it starts. Of the tokenizer its decoder: " +
        "tokens keep what they mean to dynamics and heads, and are painted better. Of stage two the latent actions, which are " +
        "found in a tenth of the time alone, or the dynamics, which then need not follow them",
    ),
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
  const [learns, constants] = tokenizerParts(options.learns);
  return {
    name: "tokenizer",
    learns,
    constants,
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

/** Prefixes of what learns in stage one, and of what does not. */
function tokenizerParts(learns: StageConfig["learns"]): [learns: string[], constants: string[]] {
  if (learns === "all") return [["tokenizer"], []];
  if (learns === "decoder") return [["tokenizer.decoder"], ["tokenizer.encoder", "tokenizer.quantizer"]];
  throw new ConfigError(`training.tokenizer.learns: must be "all" or "decoder", got ${JSON.stringify(learns)}`);
}

function dynamicsStage(config: GenieConfig, setup: GenieSetup, options: StageConfig): Stage {
  const { numActions } = setup.dynamics;
  const frames = framesSpec(config, options);
  if (options.learns === "decoder") {
    throw new ConfigError('training.dynamics.learns: must be "all", "actions" or "dynamics", got "decoder"');
  }
  const finds = options.learns !== "dynamics";
  const predicts = options.learns !== "actions";
  const seesTokens = config.actions.input === "tokens";
  const noise = dynamicsNoise(config, setup, frames.shape);
  return {
    name: "dynamics",
    numActions,
    learns: [...(finds ? ["actions"] : []), ...(predicts ? ["dynamics"] : [])],
    constants: [...(predicts || seesTokens ? ["tokenizer"] : []), ...(finds ? [] : ["actions"])],
    inputs: {
      frames,
      ...(finds ? { restarts: restartsSpec(numActions) } : {}),
      ...(predicts ? noise.inputs : {}),
    },
    loss: genieLoss(config, setup, options.learns),
    draw: (rng) => ({
      ...(finds ? { restarts: float32(rng.split("restarts").uniforms(numActions), [numActions]) } : {}),
      ...(predicts ? noise.draw(rng) : {}),
    }),
    summarise: (outputs) => ({
      loss: scalar(outputs, "loss"),
      ...(predicts ? predictionQuality(outputs) : {}),
      gradientNorm: scalar(outputs, "gradientNorm"),
      ...lamQuality(outputs),
      ...usage(outputs, "actions", numActions),
    }),
  };
}

/** Which tokens are masked and which replaced by others of the batch, for clips of this shape [B, T, ...]. */
function dynamicsNoise(
  config: GenieConfig,
  setup: GenieSetup,
  [b = 1, t = 2]: readonly number[],
): { readonly inputs: Signature; readonly draw: Stage["draw"] } {
  const n = setup.dynamics.tokensPerFrame;
  const floats = (...shape: number[]) => ({ shape, dtype: "float32" }) as const;
  const { maskRate, corruption } = config.dynamics;
  const [low, high] = maskRate;
  return {
    inputs: {
      rates: floats(b),
      masks: floats(b, t - 1, n),
      corrupt: floats(b, t, n),
      donors: { shape: [b, t, n], dtype: "int32" },
    },
    draw: (rng) => {
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
  };
}

/** Latent actions and dynamics, together or one of them; no gradient of the dynamics reaches the latent actions. */
function genieLoss(config: GenieConfig, setup: GenieSetup, learns: StageConfig["learns"]): LossFunction {
  return (params, inputs) => {
    const frames = param(inputs, "frames");
    const tokenized = () => stopGradient(tokenize(setup.tokenizer, underPrefix("tokenizer", params), frames));
    const clip = config.actions.input === "pixels" ? frames : tokenized();
    const actionParams = underPrefix("actions", params);
    const actions =
      learns === "dynamics"
        ? knownActions(inferActions(setup.actions, actionParams, clip))
        : latentActionLoss(setup.actions, actionParams, { clip, restarts_K: param(inputs, "restarts") });
    const updates = withPrefix("actions", actions.updates);
    if (learns === "actions") return { ...actions, updates };
    const dynamics = dynamicsLoss(setup.dynamics, underPrefix("dynamics", params), {
      tokens_BTN: clip === frames ? tokenized() : clip,
      actions_BT: param(actions.metrics, "actions"),
      rates_B: param(inputs, "rates"),
      masks_BTN: param(inputs, "masks"),
      donors_BTN: param(inputs, "donors"),
      corrupt_BTN: param(inputs, "corrupt"),
    });
    return {
      loss: actions.loss.add(dynamics.loss),
      metrics: { ...actions.metrics, ...dynamics.metrics },
      updates,
    };
  };
}

/** What learning latent actions would give, of those that no longer learn. */
function knownActions(actions_BT: tf.Tensor): LossResult {
  return { loss: tf.scalar(0), metrics: { actions: stopGradient(actions_BT) }, updates: {} };
}

function predictionQuality(outputs: HostTensors): Record<string, number> {
  return { crossEntropy: scalar(outputs, "crossEntropy"), accuracy: scalar(outputs, "accuracy") };
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
