import { expect, test } from "vitest";
import { actionHead } from "../../src/agents/action-head.ts";
import { anchorOf } from "../../src/agents/anchor.ts";
import { ppoStep, ppoStepInputs, type LossConfig } from "../../src/agents/ppo-step.ts";
import { eagerEngine, onnxEngine } from "../../src/compute/index.ts";
import { float32, type HostTensors } from "../../src/core/host-tensor.ts";
import { Box, Discrete, type Space } from "../../src/env/index.ts";
import { AdamWConfig, adamwInputs, initMoments } from "../../src/nn/adamw.ts";
import { zeros } from "../../src/nn/params.ts";

const LEARNING_RATE = 0.5;
const CONFIG: LossConfig = {
  clipCoef: 0.2,
  clipValueLoss: false,
  entropyCoef: 0,
  valueCoef: 0.5,
  normalizeAdvantages: false,
  anchorCoef: 0,
  criticEncoder: "shared",
};
/** The first moment after one update is then the gradient itself. */
const OPTIMISER = AdamWConfig.parse({ beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0, clipNorm: 1e6 });

const floats = (...numbers: readonly number[]) => float32(Float32Array.from(numbers), [numbers.length]);

/** One linear layer for actor and critic, observation 1, all parameters 0. */
function zeroParams(numOutputs: number): HostTensors {
  return {
    "actor.0.weight": zeros([1, numOutputs]),
    "actor.0.bias": zeros([numOutputs]),
    "critic.0.weight": zeros([1, 1]),
    "critic.0.bias": zeros([1]),
  };
}

/** Terms and gradients of one step [action, old log-probability, advantage, return]. */
async function gradients(
  space: Space<unknown>,
  [action, logProb, advantage, target]: readonly [number, number, number, number],
  { config = CONFIG, engine = onnxEngine({ threads: 1 }), weight = 1, oldValue = 0, anchor = {} as HostTensors } = {},
) {
  const head = actionHead(space);
  const network = { obsSize: 1, hiddenSizes: [], head };
  const params = { ...zeroParams(head.numOutputs), ...head.params };
  const step = await engine.prepare(ppoStep(network, Object.keys(params), config, OPTIMISER), {
    name: "ppo.test",
    inputs: ppoStepInputs(network, 1),
    state: { ...params, ...initMoments(params), ...anchorOf({ ...params, ...anchor }) },
  });
  const terms = await step.run({
    obs: float32(Float32Array.of(1), [1, 1]),
    actions: float32(Float32Array.of(action), [1, 1]),
    logProbs: floats(logProb),
    values: floats(oldValue),
    advantages: floats(advantage),
    returns: floats(target),
    weights: floats(weight),
    policyWeight: float32(Float32Array.of(1), []),
    ...adamwInputs(OPTIMISER, 1, LEARNING_RATE),
  });
  const state = await step.readState();
  step.close();
  const numbersOf = (tensors: HostTensors, name: string): number[] => [...(tensors[name]?.data ?? [])];
  return {
    term: (name: string) => numbersOf(terms, name)[0] ?? Number.NaN,
    gradient: (name: string) => numbersOf(state, `adam.mean.${name}`),
  };
}

const ratioOne = Math.log(1 / 2);

test.each(["onnx", "cpu"])(
  "on %s, the policy's gradient is -advantage x (one-hot - probabilities) at ratio 1",
  async (name) => {
    const engine = name === "cpu" ? await eagerEngine("cpu") : onnxEngine({ threads: 1 });
    const { gradient, term } = await gradients(new Discrete(2), [1, ratioOne, 3, 0], { engine });
    expect(gradient("actor.0.bias")[0]).toBeCloseTo(1.5, 5);
    expect(gradient("actor.0.bias")[1]).toBeCloseTo(-1.5, 5);
    expect(term("policyLoss")).toBeCloseTo(-3, 5);
    expect(term("entropy")).toBeCloseTo(Math.log(2), 5);
    expect(term("clipFraction")).toBe(0);
  },
);

test.each([
  ["a gain beyond the clip pays no more", Math.log(1 / 4), 3, 0, -3.6],
  ["a loss beyond the clip still counts", Math.log(1 / 4), -3, 3, 6],
])("%s", async (_, logProb, advantage, slope, loss) => {
  // The ratio is 2, and the clip at 1.2.
  const { gradient, term } = await gradients(new Discrete(2), [1, logProb, advantage, 0]);
  expect(gradient("actor.0.bias")[1]).toBeCloseTo(slope, 5);
  expect(term("policyLoss")).toBeCloseTo(loss, 5);
  expect(term("clipFraction")).toBe(1);
  expect(term("approxKl")).toBeCloseTo(1 - Math.log(2), 5);
  expect(term("oldApproxKl")).toBeCloseTo(-Math.log(2), 5);
});

test("a normal's gradients are those of its density", async () => {
  const box = new Box({ low: -9, high: 9, shape: [1], dtype: "float32" });
  const logDensity = -0.5 * 4 - 0.5 * Math.log(2 * Math.PI);
  const { gradient } = await gradients(box, [2, logDensity, 1, 0]);
  // d log p / d mean = (a - mean) / std^2 = 2; d log p / d logStd = (a - mean)^2 / std^2 - 1 = 3.
  expect(gradient("actor.0.bias")[0]).toBeCloseTo(-2, 5);
  expect(gradient("actor.logStd")[0]).toBeCloseTo(-3, 5);
});

test("the value's gradient is valueCoef x (value - return), and 0 where clipping has the worse loss", async () => {
  const plain = await gradients(new Discrete(2), [0, ratioOne, 0, 4]);
  expect(plain.gradient("critic.0.bias")[0]).toBeCloseTo(-2, 5);
  // Value 0 is 1 away from the old one, -1: clipped to -0.8 the loss is (4.8)^2 / 2.
  const config = { ...CONFIG, clipValueLoss: true };
  const clipped = await gradients(new Discrete(2), [0, ratioOne, 0, 4], { config, oldValue: -1 });
  expect(clipped.gradient("critic.0.bias")[0]).toBeCloseTo(0, 5);
  expect(clipped.term("valueLoss")).toBeCloseTo(4.8 ** 2 / 2, 4);
});

test("a step of weight 0 teaches nothing", async () => {
  const { gradient } = await gradients(new Discrete(2), [1, ratioOne, 3, 4], { weight: 0 });
  expect([...gradient("actor.0.bias"), ...gradient("critic.0.bias")].map(Math.abs)).toEqual([0, 0, 0]);
});

test("an anchor pulls choices to its own, by KL(anchor || policy)", async () => {
  const config = { ...CONFIG, anchorCoef: 2 };
  // The anchor's probabilities are 3/4 and 1/4, the policy's 1/2 each.
  const anchor = { "actor.0.bias": floats(Math.log(3), 0) };
  const { gradient, term } = await gradients(new Discrete(2), [0, ratioOne, 0, 0], { config, anchor });
  expect(term("anchorKl")).toBeCloseTo(0.75 * Math.log(3 / 2) + 0.25 * Math.log(1 / 2), 5);
  expect(term("loss")).toBeCloseTo(2 * term("anchorKl"), 5);
  expect(gradient("actor.0.bias")[0]).toBeCloseTo(2 * (1 / 2 - 3 / 4), 5);
  expect(gradient("actor.0.bias")[1]).toBeCloseTo(2 * (1 / 2 - 1 / 4), 5);
});

test("an anchor pulls a normal's mean and deviation to its own", async () => {
  const box = new Box({ low: -9, high: 9, shape: [1], dtype: "float32" });
  const config = { ...CONFIG, anchorCoef: 1 };
  const anchor = { "actor.0.bias": floats(3), "actor.logStd": floats(Math.log(2)) };
  const { gradient, term } = await gradients(box, [0, -0.5 * Math.log(2 * Math.PI), 0, 0], { config, anchor });
  // log(1 / 2) + (2^2 + 3^2) / 2 - 1 / 2
  expect(term("anchorKl")).toBeCloseTo(6 - Math.log(2), 5);
  expect(gradient("actor.0.bias")[0]).toBeCloseTo(-3, 5);
  expect(gradient("actor.logStd")[0]).toBeCloseTo(1 - 13, 4);
});
