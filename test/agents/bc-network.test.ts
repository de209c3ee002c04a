import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { BehavioralCloningConfig } from "../../src/agents/bc-options.ts";
import {
  embedFrames,
  policyAct,
  policyNetwork,
  policyParams,
  type PolicyNetwork,
} from "../../src/agents/bc-network.ts";
import { DemonstrationSet } from "../../src/agents/demonstrations.ts";
import { onnxEngine } from "../../src/compute/index.ts";
import type { HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { ADAMW_INPUTS, AdamWConfig, adamwInputs } from "../../src/nn/adamw.ts";
import { linear } from "../../src/nn/linear.ts";
import { initParams, param, startingWith, type Params } from "../../src/nn/params.ts";
import { toPatches } from "../../src/nn/patches.ts";
import { initTrainState, trainStep } from "../../src/nn/train-step.ts";
import { expertEpisodes, FRAME_SHAPE } from "./catch-pixels.ts";

const engine = onnxEngine({ threads: 1 });
const ROWS = 8;
const EMBEDDING = ["embed.up.weight", "embed.up.bias", "embed.down.weight"];

function networkOf(attention: "space" | "space-time", temperature = 1): PolicyNetwork {
  const options = { numFrames: 3, patchSize: 5, modelDim: 16, numHeads: 2, attention, temperature };
  return policyNetwork({ frameShape: FRAME_SHAPE, numActions: 3 }, BehavioralCloningConfig.parse(options));
}

/** Pass by pass: frames cut one by one, brought to [-1, 1], laid side by side. */
function embedPlainly({ config, height, width }: PolicyNetwork, params: Params, frames: tf.Tensor): tf.Tensor {
  const patches = toPatches({ height, width, patchSize: config.patchSize }, frames);
  const [b, t, n, p] = patches.shape;
  const tokens =
    config.attention === "space" ? tf.reshape(tf.transpose(patches, [0, 2, 1, 3]), [b, 1, n, t * p]) : patches;
  return linear(params, "embed.down", tf.relu(linear(params, "embed.up", tokens)));
}

/** Losses of 30 updates that make the tokens of all steps large in their first half and small in the rest. */
async function lossesOf(network: PolicyNetwork, embed: typeof embedFrames): Promise<number[]> {
  const optimiser = AdamWConfig.parse({});
  const set = new DemonstrationSet(network, expertEpisodes(4));
  const params = startingWith(initParams(policyParams(network), new Rng(5)), EMBEDDING);
  const lossOf = (learnt: Params, inputs: Params) => {
    const tokens = embed(network, learnt, param(inputs, "frames"));
    const [first, rest] = tf.split(tokens, 2, 3);
    if (!first || !rest) throw new TypeError("two halves expected");
    const loss = tf.mean(tf.add(tf.squaredDifference(first, 1), tf.square(rest))).asScalar();
    return { loss, metrics: {}, updates: {} };
  };
  const shape = [ROWS, network.config.numFrames, ...FRAME_SHAPE];
  const learner = await engine.prepare(trainStep(EMBEDDING, lossOf, optimiser), {
    name: "embed.update",
    inputs: { frames: { shape, dtype: "float32" }, ...ADAMW_INPUTS },
    state: initTrainState(params),
  });
  const losses: number[] = [];
  for (let step = 1; step <= 30; step++) {
    const { frames } = set.batch(step, ROWS, new Rng(6));
    const inputs: HostTensors = { ...(frames ? { frames } : {}), ...adamwInputs(optimiser, step, 1e-2) };
    losses.push(Number((await learner.run(inputs))["loss"]?.data[0]));
  }
  learner.close();
  return losses;
}

test.each(["space", "space-time"] as const)(
  "in one pass over the pixels it learns as pass by pass (%s)",
  async (kind) => {
    const network = networkOf(kind);
    const [quick, plain] = [await lossesOf(network, embedFrames), await lossesOf(network, embedPlainly)];
    expect(plain.at(-1)).toBeLessThan(Number(plain[0]) / 2);
    for (const [i, loss] of quick.entries()) expect(Math.abs(loss - Number(plain[i]))).toBeLessThan(1e-4);
  },
);

test("the same arguments give the same batch, whatever was asked for between", () => {
  const set = new DemonstrationSet(networkOf("space"), expertEpisodes(4));
  const first = structuredClone(set.batch(0, ROWS, new Rng(6)));
  expect(set.batch(1, ROWS, new Rng(6))).not.toEqual(first);
  set.batch(0, 3, new Rng(6));
  expect(set.batch(0, ROWS, new Rng(6))).toEqual(first);
});

test.each([
  { temperature: 1, shares: [0.2, 0.5, 0.3] },
  // Squares of the probabilities, brought to a sum of 1 again.
  { temperature: 0.5, shares: [4 / 38, 25 / 38, 9 / 38] },
])(
  "at temperature $temperature, actions of probability 0.2, 0.5 and 0.3 are drawn as they should be",
  ({ temperature, shares }) => {
    const draws = 1000;
    const network = networkOf("space", temperature);
    const drawn = tf.tidy(() => {
      const zeros = Object.entries(policyParams(network)).map(
        ([name, { shape }]) => [name, tf.zeros([...shape])] as const,
      );
      const { actions, modes } = policyAct(network)({
        ...Object.fromEntries(zeros),
        "policy.bias": tf.log(tf.tensor1d([0.2, 0.5, 0.3])),
        frames: tf.zeros([draws, network.config.numFrames, ...FRAME_SHAPE]),
        noise: tf
          .reshape(tf.range(0, draws), [draws, 1])
          .div(draws)
          .add(0.5 / draws),
      });
      expect(modes?.dataSync().every((action) => action === 1)).toBe(true);
      return Array.from(actions?.dataSync() ?? []);
    });
    for (const [action, share] of shares.entries()) {
      expect(Math.abs(drawn.filter((x) => x === action).length - share * draws)).toBeLessThanOrEqual(1);
    }
  },
);
