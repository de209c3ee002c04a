import { z } from "zod";
import type { Engine } from "../../compute/engine.ts";
import { DataError } from "../../core/errors.ts";
import { float32, type HostTensors } from "../../core/host-tensor.ts";
import type { Rng } from "../../core/rng.ts";
import { ADAMW_INPUTS, AdamWConfig, adamwInputs } from "../../nn/adamw.ts";
import { initParams, param } from "../../nn/params.ts";
import { setupGenie } from "../genie.ts";
import type { GenieWorld } from "../genie-world.ts";
import { measureHeads, type HeadsQuality, type TokenEpisode } from "../judge-episodes.ts";
import {
  HEAD_FRAMES,
  headsLoss,
  headsParams,
  RewardHeadsConfig,
  setupHeads,
  type HeadsSetup,
} from "../reward-heads.ts";
import { initTrainState, trainStep } from "../../nn/train-step.ts";
import { codebookParams, GenieHeads, type StoredHeads } from "../world-heads.ts";
import { LabelSampler } from "./label-sampler.ts";
import { learningRate, ScheduleConfig } from "./schedule.ts";

/** How reward and end heads are trained. */
export const HeadsTrainingConfig = z.strictObject({
  steps: z.int().positive().default(2000).describe("updates"),
  batchSize: z.int().positive().default(32).describe("labelled steps per update"),
  eventShare: z
    .number()
    .min(0)
    .lt(1)
    .default(0.5)
    .describe("share of a batch that pays other than usual or ends; the odds are set right in the end"),
  corruption: z.number().min(0).max(1).default(0.1).describe("largest share of tokens replaced at random"),
  schedule: ScheduleConfig.prefault({ peak: 2e-3 }),
  optimiser: AdamWConfig.prefault({ weightDecay: 0.05 }),
  transformer: RewardHeadsConfig.shape.transformer,
});
export type HeadsTrainingConfig = z.infer<typeof HeadsTrainingConfig>;

/** What heads are trained on and with. */
export type HeadsRun = {
  readonly training: readonly TokenEpisode[];
  /** Episodes to measure on in the end. */
  readonly heldOut: readonly TokenEpisode[];
  readonly config: HeadsTrainingConfig;
  readonly engine: Engine;
  readonly rng: Rng;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (step: number, losses: Readonly<Record<string, number>>) => void;
};

/** Heads, and how they do on the episodes that were kept out. */
export type TrainedHeads = StoredHeads & { readonly averagePrecision: HeadsQuality };

/**
 * Trains the reward and end heads of a world on labelled episodes in its tokens. The world stays as it is: it never sees a
 * label. @throws DataError for episodes without a step, or stopped by the signal: half-trained heads are of no use.
 */
export async function trainHeads(world: GenieWorld, run: HeadsRun): Promise<TrainedHeads> {
  const genie = setupGenie(world.config);
  const sampler = new LabelSampler(run.training, { ...run.config, ...genie.dynamics });
  const config = RewardHeadsConfig.parse({ rewards: sampler.rewards, transformer: run.config.transformer });
  const learnt = await optimise(run, setupHeads(config, genie), sampler, codebookParams(world.params));
  const stored = { config, params: withNaturalOdds(learnt, sampler) };
  const heads = new GenieHeads(stored, genie, world.params, run.engine);
  try {
    const averagePrecision = await measureHeads(heads, run.heldOut, genie.dynamics.tokensPerFrame);
    return { ...stored, averagePrecision };
  } finally {
    heads.close();
  }
}

async function optimise(
  run: HeadsRun,
  setup: HeadsSetup,
  sampler: LabelSampler,
  codebook: HostTensors,
): Promise<HostTensors> {
  const { config, rng, signal, onProgress = () => {} } = run;
  const fresh = initParams(headsParams(setup), rng.split("init"));
  const executable = await prepareStep(run, setup, fresh, codebook);
  try {
    for (let step = 1; step <= config.steps; step++) {
      if (signal?.aborted) throw new DataError("train-heads: it was stopped, so nothing is written - run it again");
      const rate = learningRate(config.schedule, step, (step - 1) / config.steps);
      const inputs = { ...sampler.draw(rng.split("batch", step)), ...adamwInputs(config.optimiser, step, rate) };
      onProgress(step, losses(await executable.run(inputs)));
      // Lets a signal and the progress bar have their turn: a compiled step never yields.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return await executable.readState(Object.keys(fresh));
  } finally {
    executable.close();
  }
}

function prepareStep({ config, engine }: HeadsRun, setup: HeadsSetup, fresh: HostTensors, codebook: HostTensors) {
  const rows = config.batchSize;
  const ints = (...shape: number[]) => ({ shape, dtype: "int32" }) as const;
  const fn = trainStep(
    Object.keys(fresh),
    (params, inputs) =>
      headsLoss(setup, params, {
        tokens_BTN: param(inputs, "tokens"),
        rewards_B: param(inputs, "rewards"),
        ends_B: param(inputs, "ends"),
      }),
    config.optimiser,
  );
  return engine.prepare(fn, {
    name: "train heads",
    inputs: {
      tokens: ints(rows, HEAD_FRAMES, setup.tokensPerFrame),
      rewards: ints(rows),
      ends: ints(rows),
      ...ADAMW_INPUTS,
    },
    constants: codebook,
    state: initTrainState(fresh),
  });
}

function losses(outputs: HostTensors): Record<string, number> {
  const value = (name: string) => outputs[name]?.data[0] ?? Number.NaN;
  return { reward: value("rewardLoss"), end: value("endLoss") };
}

/** Events were drawn more often than they happen: the biases take that back, so that probabilities mean what they say. */
function withNaturalOdds(params: HostTensors, sampler: LabelSampler): HostTensors {
  const odds = sampler.logOdds();
  const shifted = (name: string, by: readonly number[]) => {
    const bias = params[name];
    return {
      [name]: float32(
        Float32Array.from(by, (shift, i) => Number(bias?.data[i]) + shift),
        [by.length],
      ),
    };
  };
  return { ...params, ...shifted("reward.bias", odds.reward), ...shifted("end.bias", odds.end) };
}
