import { afterAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/compute/engine.ts";
import { int32 } from "../../src/core/host-tensor.ts";
import { GenieEnv, worldHeads } from "../../src/env/index.ts";
import type { GenieEnvOptions } from "../../src/env/index.ts";
import { GenieWorld } from "../../src/model/genie-world.ts";
import { headsParams, RewardHeadsConfig, setupHeads } from "../../src/model/reward-heads.ts";
import { decodeCodes, tokenizerTransformer } from "../../src/model/video-tokenizer.ts";
import { lookUpCodes } from "../../src/nn/quantizers.ts";
import { param, startingWith, underPrefix } from "../../src/nn/params.ts";
import { causalLayout, clipContext } from "../../src/nn/temporal-context.ts";
import { checkEnv, checkVectorEnv, type MakeEnv } from "../../src/testing/index.ts";
import { cpuEngine } from "../engines/engine-named.ts";
import { movingSquare, SMALLEST } from "../engines/worlds.ts";
import { engine, gap, noisyParams, pick } from "../model/tiny-genie.ts";

/*
 * The environment of a world that computes, where the others of this folder have a fake one: it keeps the contract on the
 * engine that `GENIE_TEST_MODELS_ON` names, and shows there what it shows on the CPU.
 */
const WITHIN = 1e-4;
const STEPS = 6;
const PROMPTS = [movingSquare(1, 2), movingSquare(2, 3)];
/** A software GPU takes a second for a step. */
const TIMEOUT = 600_000;

const config = RewardHeadsConfig.parse({
  rewards: [-1, 0, 10],
  transformer: { numBlocks: 1, modelDim: 16, numHeads: 2 },
});
const heads = { config, params: noisyParams(headsParams(setupHeads(config, SMALLEST.setup)), 3) };
const worldOn = (on: Engine) => new GenieWorld("tiny", SMALLEST.config, SMALLEST.params, on, { heads });

const yardstick = cpuEngine();
const [world, reference] = [worldOn(engine), worldOn(yardstick)];
afterAll(() => {
  for (const one of [world, reference]) one.close();
});

const OPTIONS = {
  observation: "both",
  prompts: PROMPTS,
  rewardModel: worldHeads({ reward: "expected", endThreshold: 1 }),
} as const;
type Options = Pick<GenieEnvOptions, "horizon" | "autoresetMode" | "renderMode">;
const alone = (on: GenieWorld, options: Options) => GenieEnv.fromWorld(on, { ...OPTIONS, ...options });
const pair = (on: GenieWorld, options: Options = {}) => GenieEnv.fromWorld(on, { ...OPTIONS, numEnvs: 2, ...options });

const actionsOf = (step: number): number[] => [0, 1].map((row) => (3 * step + row) % world.numActions);

/** Everything that a few steps show, rows that reach the horizon and start anew among them, and the state at the end. */
async function played(on: GenieWorld) {
  await using env = await pair(on, { horizon: 4, autoresetMode: "SameStep" });
  const steps = [];
  const [first] = await env.reset({ seed: 5 });
  for (let step = 0; step < STEPS; step++) {
    const [{ tokens, pixels }, rewards, terminated, truncated, info] = await env.step(actionsOf(step));
    const last = info.final_obs?.map((obs) => obs?.tokens);
    const { confidence = [], entropy = [] } = info.final_info ?? info;
    steps.push({
      tokens,
      pixels,
      last,
      ends: [terminated, truncated],
      numbers: [...rewards, ...confidence, ...entropy],
    });
  }
  return { first, steps, states: await env.getState() };
}

describe("the environment of a model", () => {
  test(
    "shows, pays and keeps on any engine what it does on the CPU from the same seed",
    async () => {
      const [got, want] = [await played(world), await played(reference)];
      expect(got.first.tokens).toEqual(want.first.tokens);
      const pixels = (of: typeof got) => [of.first, ...of.steps].flatMap((frame) => [...frame.pixels]);
      const [mine, theirs] = [pixels(got), pixels(want)];
      // Pixels are rounded: float noise may tip one that lies on the edge.
      expect(gap(mine, theirs)).toBeLessThanOrEqual(1);
      expect(mine.filter((value, i) => value !== theirs[i]).length / mine.length).toBeLessThan(0.001);
      for (const [i, { pixels: _, numbers, ...exact }] of want.steps.entries()) {
        expect(got.steps[i]).toMatchObject(exact);
        expect(gap(got.steps[i]?.numbers, numbers)).toBeLessThan(WITHIN);
      }
      expect(want.steps.filter(({ last }) => last)).toHaveLength(1);
      for (const [row, { world: caches, ...rest }] of want.states.entries()) {
        const { world: own, ...others } = got.states[row] ?? {};
        expect(others).toEqual(rest);
        const { pixels: _, ...numbers } = caches;
        for (const [name, { data, dtype }] of Object.entries(numbers)) {
          expect.soft(gap(own?.[name]?.data, data), name).toBeLessThan(dtype === "int32" ? 1e-9 : WITHIN);
        }
      }
    },
    TIMEOUT,
  );

  test(
    "paints before rounding what the CPU paints",
    async () => {
      const { tokenizer } = SMALLEST.setup;
      const n = SMALLEST.setup.dynamics.tokensPerFrame;
      const tokens = int32(
        Int32Array.from({ length: 4 * n }, (_, i) => (5 * i) % 9),
        [1, 4, n],
      );
      const painted = async (on: Engine) => {
        const executable = await on.prepare(
          (inputs) => {
            const params = underPrefix("tokenizer", inputs);
            const codes = lookUpCodes(tokenizer.config.quantizer, params, "quantizer", param(inputs, "tokens"));
            const context = clipContext(
              tokenizerTransformer(tokenizer, "decoder"),
              causalLayout(4, tokenizer.window),
              n,
            );
            return { patches: decodeCodes(tokenizer, params, codes, context).patches_BTNP };
          },
          { name: "paint", inputs: { tokens }, constants: startingWith(SMALLEST.params, ["tokenizer."]) },
        );
        const outputs = await executable.run({ tokens });
        executable.close();
        return pick(outputs, "patches").data;
      };
      const want = await painted(yardstick);
      expect(want.length).toBe(4 * 16 * 16 * 3);
      expect(gap(await painted(engine), want)).toBeLessThan(WITHIN);
    },
    TIMEOUT,
  );

  test(
    "keeps the contract, alone and as a batch",
    async () => {
      const single: MakeEnv = ({ renderMode }) =>
        alone(world, { horizon: 3, ...((renderMode === "rgb_array" || renderMode === "ansi") && { renderMode }) });
      expect(await checkEnv(single, { steps: 4 })).toEqual([]);
      expect(await checkVectorEnv(() => pair(world, { horizon: 3 }), { steps: 4 })).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    "goes on from its state as if nothing had been in between, and imagines what it would step",
    async () => {
      await using env = await pair(world);
      await env.reset({ seed: 1 });
      for (let step = 0; step < 3; step++) await env.step(actionsOf(step));
      const states = await env.getState();
      const stepped = [];
      for (let step = 3; step < STEPS; step++) stepped.push(await env.step(actionsOf(step)));
      await env.setState(states);
      const plan = [3, 4, 5].map(actionsOf);
      const dream = await env.imagine(plan);
      expect(dream.tokens).toEqual(Int32Array.from(stepped.flatMap(([obs]) => [...obs.tokens])));
      expect(dream.pixels).toEqual(Uint8Array.from(stepped.flatMap(([obs]) => [...obs.pixels])));
      expect(dream.rewards).toEqual(Float64Array.from(stepped.flatMap(([, rewards]) => [...rewards])));
      await env.setState(states.toReversed());
      const [swapped] = await env.step(actionsOf(3).toReversed());
      const [[first] = []] = stepped;
      expect([...swapped.tokens].slice(0, 4)).toEqual([...(first?.tokens ?? [])].slice(4));
    },
    TIMEOUT,
  );
});
