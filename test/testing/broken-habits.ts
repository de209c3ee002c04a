import type { Box } from "../../src/env/index.ts";
import { DictSpace, Discrete } from "../../src/env/index.ts";
import {
  afterStep,
  allowing,
  beforeReset,
  beforeStep,
  box,
  broken,
  inStep,
  refusingWith,
  seeing,
  withFaults,
} from "./faults.ts";
import type { Case } from "./faults.ts";
import { SpaceEnv } from "./space-env.ts";
import type { SpaceEnvState } from "./space-env.ts";

const pair = new DictSpace({ left: new Discrete(2), right: box(0, 1) });
const constant = Float32Array.of(0.5, 0.5);
const random = (): unknown => Reflect.apply(Reflect.get(Math, "random"), Math, []);

/** What Gymnasium's checker does not look for. */
export const HABITS: readonly Case[] = [
  [
    "6.5.1 one buffer for all observations",
    "buffer-reused",
    "reset",
    () => new SpaceEnv({ observationSpace: reusing() }),
  ],
  ["6.5.1 one observation for all steps", "buffer-reused", "step 2", inStep(0, () => constant)],
  [
    "6.5.2 the global random numbers are used",
    "global-random",
    "step",
    beforeStep((action) => (random() === 2 ? 0 : action)),
  ],
  [
    "6.5.3 step 30 is not what it was",
    "not-deterministic",
    "step 30.reward",
    afterStep((result, step) => (step === 31 ? result.with(1, -1) : result)),
  ],
  [
    "6.5.4 options are used up",
    "options-mutated",
    "reset({ seed: 123 })",
    beforeReset(({ options }) => useUp(options?.["start"])),
  ],
  [
    "6.5.5 NaN in a field",
    "obs-nan",
    "reset({ seed: 123 }).obs",
    seeing(pair, () => ({ left: 0, right: Float32Array.of(0, Number.NaN) })),
  ],
  ["6.5.7 a step after the end", "step-after-end", "step 2, after the end", allowing("step", "ended")],
  ["6.5.8 a second close", "close-twice", "close", broken((env) => closingOnce(env))],
  ["a call after close", "use-after-close", "render", allowing("render", "closed")],
  [
    "6.5.10 a state without its random numbers",
    "restore-differs",
    "step 1.obs after setState",
    broken((env) => {
      const setState = env.setState.bind(env);
      return { setState: (state: SpaceEnvState) => setState({ ...state, rng: env.rng.getState() }) };
    }),
  ],
  [
    "6.5.11 an invalid action is taken",
    "invalid-action-accepted",
    "step",
    beforeStep((action) => (action === -1 ? 0 : action)),
  ],
  [
    "6.5.11 a refused action draws a random number",
    "invalid-action-changed-state",
    "step 1.obs",
    beforeStep((action, env) => {
      if (action === -1) env.rng.uniform();
      return action;
    }),
  ],
  [
    "misuse meets an error by accident",
    "untyped-error",
    "step",
    refusingWith(new TypeError("undefined is not a function")),
  ],
  ["a step before the reset", "step-before-reset", "step", allowing("step", "fresh")],
  ["an action is changed", "action-mutated", "step 1", clipping],
];

/** A space whose samples are all one array. */
function reusing(): Box {
  const space = box(0, 1);
  const sample = space.sample.bind(space);
  const buffer = new Float32Array(2);
  const sampleInto = (): Float32Array => {
    buffer.set(sample());
    return buffer;
  };
  return withFaults(space, { sample: sampleInto });
}

function useUp(value: unknown): void {
  if (Array.isArray(value)) value.pop();
}

function closingOnce(env: SpaceEnv): object {
  const close = env.close.bind(env);
  let closed = false;
  const closeOnce = (): void => {
    if (closed) throw new Error("closed already");
    closed = true;
    close();
  };
  return { close: closeOnce };
}

/** An environment that keeps its actions within the bounds, in place. */
function clipping(): SpaceEnv {
  const env = new SpaceEnv({ actionSpace: box(-1, 1) });
  const step = env.step.bind(env);
  const clip = (action: unknown): unknown => {
    const result = step(action);
    if (action instanceof Float32Array) action.fill(0);
    return result;
  };
  return withFaults(env, { step: clip });
}
