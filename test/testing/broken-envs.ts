import { DictSpace, Discrete } from "../../src/env/index.ts";
import { HABITS } from "./broken-habits.ts";
import { SPACES } from "./broken-spaces.ts";
import { afterReset, afterStep, beforeReset, box, broken, inStep, restarting, seeing } from "./faults.ts";
import type { Case } from "./faults.ts";
import { SpaceEnv } from "./space-env.ts";

const pair = new DictSpace({ left: new Discrete(2), right: box(0, 1) });
let count = 0;

const seeding: readonly Case[] = [
  ["reset takes no seed", "rng-not-reseeded", "reset.rng", broken({ restart: () => {} })],
  [
    "reset refuses a seed",
    "call-failed",
    "reset({ seed: 123 })",
    beforeReset(({ seed }) => {
      if (seed !== undefined) throw new TypeError("what seed?");
    }),
  ],
  [
    "rng is not there",
    "rng-missing",
    "rng",
    broken({ rng: { uniform: () => 0.5, integer: () => 1 }, restart: () => {} }),
  ],
  ["equal seeds start unequal streams", "rng-not-reseeded", "reset.rng", restarting(() => (count += 1))],
  ["no seed means any stream", "rng-not-continued", "reset.rng", restarting((seed = (count += 1) + 1000) => seed)],
  ["all seeds start the same stream", "seed-ignored", "reset.rng", restarting(() => 7)],
  ["no seed means a default seed", "seed-default", "reset.rng", restarting((seed = 7) => seed)],
  [
    "the seed cannot be read",
    "rng-seed-wrong",
    "rngSeed",
    broken((env) => {
      const restart = env.restart.bind(env);
      const forget = (seed: number): void => {
        restart(seed);
        env.rngSeed = -1;
      };
      return { restart: forget };
    }),
  ],
  [
    "a seed below 0 is taken",
    "invalid-seed-accepted",
    "reset",
    broken((env) => {
      const restart = env.restart.bind(env);
      return { restart: (seed: number) => restart(Math.abs(seed)) };
    }),
  ],
];

const resets: readonly Case[] = [
  ["reset returns an observation only", "reset-result", "reset({ seed: 123 })", afterReset(([obs]) => obs)],
  ["reset returns three things", "reset-result", "reset({ seed: 123 })", afterReset((result) => [...result, 0])],
  ["reset returns no record", "info-not-a-record", "reset({ seed: 123 }).info", afterReset(([obs]) => [obs, ["info"]])],
  [
    "reset sees what is not in the space",
    "obs-outside-space",
    "reset({ seed: 123 }).obs",
    afterReset(([, info]) => [Float32Array.of(2, 0), info]),
  ],
  ["there is a method seed", "seed-method", "seed", broken({ seed: () => 0 })],
  [
    "reset refuses options",
    "call-failed",
    "reset({ seed: 123 })",
    beforeReset(({ options }) => {
      if (options !== undefined) throw new TypeError("what options?");
    }),
  ],
];

const determinism: readonly Case[] = [
  [
    "observations come from elsewhere",
    "not-deterministic",
    "step 1.obs",
    inStep(0, () => Float32Array.of(0, ((count += 1) % 97) / 97)),
  ],
  ["rewards come from elsewhere", "not-deterministic", "step 1.reward", inStep(1, () => (count += 1))],
  ["infos come from elsewhere", "not-deterministic", "step 1.info", inStep(4, () => ({ count: (count += 1) }))],
  [
    "the stream moves by itself",
    "not-deterministic",
    "rng",
    afterStep((result, step, env) => {
      if (step === 51) env.rng.uniform();
      return result;
    }),
  ],
  ["the first step is truncated", "truncated-at-once", "step 1.truncated", () => new SpaceEnv({ horizon: 1 })],
];

const surface: readonly Case[] = [
  ["no step", "not-an-env", "step", broken({ step: undefined })],
  ["no metadata", "not-an-env", "metadata", broken({ metadata: undefined })],
  ["no action space", "not-an-env", "actionSpace", broken({ actionSpace: undefined })],
  ["no observation space", "not-an-env", "observationSpace", broken({ observationSpace: undefined })],
];

const results: readonly Case[] = [
  ["step sees NaN", "obs-nan", "step 1.obs", inStep(0, () => Float32Array.of(Number.NaN, 0))],
  ["step sees a number out of bounds", "obs-outside-space", "step 1.obs", inStep(0, () => Float32Array.of(0, 2))],
  ["step sees float64", "obs-outside-space", "step 1.obs", inStep(0, () => new Float64Array(2))],
  ["step sees too much", "obs-outside-space", "step 1.obs", inStep(0, () => new Float32Array(3))],
  ["an integer is text", "obs-outside-space", "reset({ seed: 123 }).obs", seeing(new Discrete(2), () => "1")],
  ["a record is a list", "obs-outside-space", "reset({ seed: 123 }).obs", seeing(pair, () => [0, new Float32Array(2)])],
  ["a record lacks a key", "obs-outside-space", "reset({ seed: 123 }).obs", seeing(pair, () => ({ left: 0 }))],
  [
    "a field is out of bounds",
    "obs-outside-space",
    "reset({ seed: 123 }).obs.right",
    seeing(pair, () => ({ left: 0, right: Float32Array.of(0, 2) })),
  ],
  ["step returns an object", "step-result", "step 1", afterStep(([obs, reward]) => ({ obs, reward }))],
  [
    "step returns `done`",
    "step-result",
    "step 1",
    afterStep(([obs, reward, terminated, truncated, info]) => [
      obs,
      reward,
      terminated === true || truncated === true,
      info,
    ]),
  ],
  ["terminated is 0", "flag-not-boolean", "step 1.terminated", inStep(2, () => 0)],
  ["truncated is null", "flag-not-boolean", "step 1.truncated", inStep(3, () => null)],
  ["the reward is text", "reward-not-finite", "step 1.reward", inStep(1, () => "1")],
  ["the reward is NaN", "reward-not-finite", "step 1.reward", inStep(1, () => Number.NaN)],
  ["the reward is infinite", "reward-not-finite", "step 1.reward", inStep(1, () => Infinity)],
  ["the info of step is null", "info-not-a-record", "step 1.info", inStep(4, () => null)],
];

const rendering: readonly Case[] = [
  ["no render modes", "render-modes-missing", "metadata.renderModes", broken({ metadata: {} })],
  [
    "render modes that are no list",
    "render-modes-missing",
    "metadata.renderModes",
    broken({ metadata: { renderModes: "ansi" } }),
  ],
  [
    "render modes that are no text",
    "render-modes-missing",
    "metadata.renderModes",
    broken({ metadata: { renderModes: [1], renderFps: 4 } }),
  ],
  ["no frames a second", "render-fps-missing", "metadata.renderFps", broken({ metadata: { renderModes: ["ansi"] } })],
  [
    "no positive frames a second",
    "render-fps-invalid",
    "metadata.renderFps",
    broken({ metadata: { renderModes: ["ansi"], renderFps: 0 } }),
  ],
  [
    "a render mode that is not declared",
    "render-mode-undeclared",
    "renderMode",
    broken({ renderMode: "ansi", metadata: { renderModes: [] } }),
  ],
  [
    "text for pixels",
    "render-result",
    "render in mode rgb_array",
    broken({ renderMode: "rgb_array", draw: () => "#" }),
  ],
  [
    "pixels of the wrong number",
    "render-result",
    "render in mode rgb_array",
    broken({ renderMode: "rgb_array", draw: () => ({ data: new Uint8Array(5), count: 1, width: 2, height: 1 }) }),
  ],
  ["pixels without a render mode", "render-result", "render", broken({ draw: () => "#" })],
];

const advice: readonly Case[] = [
  [
    "an unbounded observation",
    "box-unbounded",
    "observationSpace",
    () => new SpaceEnv({ observationSpace: box(0, Infinity) }),
  ],
  [
    "actions in units of their own",
    "action-space-not-normalized",
    "actionSpace",
    () => new SpaceEnv({ actionSpace: box(-2, 2) }),
  ],
  [
    "an info with a function",
    "info-not-cloneable",
    "step 1.info",
    inStep(4, () => ({ why: () => "no worker can have this" })),
  ],
];

/** Every code with environments that break its rule, by the item of the checklist. */
export const CASES: Readonly<Record<string, readonly Case[]>> = {
  "CH-02": seeding,
  "CH-03": resets,
  "CH-04": determinism,
  "CH-05": surface,
  "CH-06 space:": SPACES,
  "CH-06 result:": results,
  "CH-06 render:": rendering,
  "CH-06 advice:": advice,
  "CH-10": HABITS,
};
