import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { selectBackend } from "../../src/compute/backend.ts";
import type { Engine } from "../../src/compute/engine.ts";
import { encodeSafetensors } from "../../src/core/safetensors.ts";
import { GenieEnv, tokenReward } from "../../src/env/index.ts";
import { noAction } from "../../src/model/dynamics-model.ts";
import type { GenieWorld } from "../../src/model/genie-world.ts";
import { loadWorld } from "../../src/model/load-world.ts";
import type { WorldModel } from "../../src/model/world-model.ts";
import { gap } from "../model/tiny-genie.ts";
import { dynamicsParams, uncachedSample, type Past } from "../model/uncached.ts";
import { cpuEngine, engineNamed } from "./engine-named.ts";
import { inputsOf, rollOut, rowOf, STATE_AT, stepRows, tokensInCommon, type Trace } from "./roll-out.ts";
import { ENGINES, movingSquare, SMALLEST, TINY, worldOf } from "./worlds.ts";

/*
 * What every engine owes: the tokens of the float32 CPU, its numbers within 1e-4, an exact cache, and rows that do not know
 * of each other. growth.test.ts holds it to its memory.
 */
const FULL = process.env["GENIE_TEST_FULL"] === "1";
const FRAMES = 16;
const SEEDS = [0, 1] as const;
const PROMPTS = [movingSquare(1, 2), movingSquare(3, 3)] as const;
/** A software GPU takes seconds for a step. */
const TIMEOUT = 1_200_000;

/** Each row alone, on the float32 CPU. */
async function alone(world: WorldModel): Promise<Trace[]> {
  const traces: Trace[] = [];
  for (const [i, seed] of SEEDS.entries())
    traces.push(...(await rollOut(world, [seed], PROMPTS.slice(i, i + 1), FRAMES)));
  return traces;
}

/** What the smallest world samples from its whole past, without a cache, op by op in JavaScript. */
async function plainTokens(world: GenieWorld, steps: number): Promise<number[][]> {
  await selectBackend({ backend: "cpu" });
  const { setup, config } = SMALLEST;
  const params = dynamicsParams(SMALLEST.params);
  let past: Past = { tokens: [await world.tokenize(PROMPTS[0])], led: [noAction(setup.dynamics)] };
  for (let step = 0; step < steps; step++) {
    const { action, uniforms } = inputsOf(world, SEEDS[0], step);
    const { tokens } = uncachedSample(setup.dynamics, config.sampling, params, past, action, uniforms);
    past = { tokens: [...past.tokens, tokens], led: [...past.led, action] };
  }
  tf.dispose({ ...params });
  return past.tokens.slice(1).map((tokens) => [...tokens]);
}

const PLAIN_STEPS = 8;
let cpu: { readonly rows: readonly Trace[]; readonly plain: readonly number[][]; readonly actions: Int32Array };

beforeAll(async () => {
  const [world, smallest] = [worldOf(TINY, cpuEngine()), worldOf(SMALLEST, cpuEngine())];
  cpu = {
    rows: await alone(world),
    plain: await plainTokens(smallest, PLAIN_STEPS),
    actions: await world.inferActions(movingSquare(4, 2)),
  };
  for (const one of [world, smallest]) one.close();
});

describe.each(ENGINES)("%s", (name) => {
  let engine: Engine;
  let smallest: GenieWorld;

  beforeAll(async () => {
    engine = await engineNamed(name);
    smallest = worldOf(SMALLEST, engine);
  });

  afterAll(() => smallest.close());

  test(
    "samples the tokens of the float32 CPU, and agrees with its numbers within 1e-4",
    async () => {
      const world = worldOf(TINY, engine);
      const rows = await rollOut(world, SEEDS, PROMPTS, FRAMES);
      expect(tokensInCommon(rows, cpu.rows)).toBeGreaterThanOrEqual(0.995);
      expect(await world.inferActions(movingSquare(4, 2))).toEqual(cpu.actions);
      world.close();
      for (const [i, want] of cpu.rows.entries()) {
        const got = rows[i];
        // A token that differs changes all that comes after it, so numbers are compared at the start.
        expect(got?.tokens.slice(0, STATE_AT)).toEqual(want.tokens.slice(0, STATE_AT));
        for (const key of ["confidence", "entropy"] as const) {
          expect(gap(got?.[key].slice(0, STATE_AT), want[key].slice(0, STATE_AT))).toBeLessThan(1e-4);
        }
        for (const [t, pixels] of want.pixels.slice(0, STATE_AT).entries()) {
          // Pixels are rounded: a number on the edge may go either way.
          expect(gap(got?.pixels[t], pixels)).toBeLessThanOrEqual(1);
        }
        const { pixels: _, ...caches } = want.state;
        for (const [key, { data }] of Object.entries(caches)) {
          expect.soft(gap(got?.state[key]?.data, data), key).toBeLessThan(1e-4);
        }
      }
    },
    TIMEOUT,
  );

  test(
    "samples from its cache what the model samples from the whole past",
    async () => {
      const session = await smallest.open(1);
      await session.reset([0], [PROMPTS[0]]);
      for (const [step, want] of cpu.plain.entries()) {
        const { tokens } = await stepRows(smallest, session, [SEEDS[0]], step);
        expect([...tokens]).toEqual(want);
      }
      session.close();
    },
    TIMEOUT,
  );

  test(
    "goes on from a saved row bit for bit, in another row",
    async () => {
      const session = await smallest.open(2);
      await session.reset([0, 1], PROMPTS);
      for (let step = 0; step < STATE_AT; step++) await stepRows(smallest, session, [0, 1], step);
      await session.setState(1, await session.getState(0));
      for (let step = 0; step < 3; step++) {
        const { tokens, confidence } = await stepRows(smallest, session, [5, 5], step);
        expect(rowOf(tokens, 1, 2)).toEqual(rowOf(tokens, 0, 2));
        expect(confidence[1]).toBe(confidence[0]);
      }
      const [first, second] = [await session.getState(0), await session.getState(1)];
      expect(Buffer.compare(encodeSafetensors(first), encodeSafetensors(second))).toBe(0);
      session.close();
    },
    TIMEOUT,
  );

  test(
    "goes on from rows that were saved together bit for bit, each in the other's row",
    async () => {
      const session = await smallest.open(2);
      await session.reset([0, 1], PROMPTS);
      for (let step = 0; step < STATE_AT; step++) await stepRows(smallest, session, [0, 1], step);
      const states = await session.getStates([1, 0]);
      const { tokens } = await stepRows(smallest, session, [0, 1], STATE_AT);
      const ends = [await session.getState(0), await session.getState(1)];
      // What is in between is forgotten.
      await session.setStates([0, 1], states);
      const swapped = await stepRows(smallest, session, [1, 0], STATE_AT);
      expect([rowOf(swapped.tokens, 1, 2), rowOf(swapped.tokens, 0, 2)]).toEqual([
        rowOf(tokens, 0, 2),
        rowOf(tokens, 1, 2),
      ]);
      const again = await session.getStates([1, 0]);
      expect(again.map((state) => encodeSafetensors(state))).toEqual(ends.map((state) => encodeSafetensors(state)));
      session.close();
    },
    TIMEOUT,
  );

  test(
    "starts a finished row anew: the other rows do not notice, and nothing of its past is left",
    async () => {
      const open = (ends: boolean) =>
        GenieEnv.fromWorld(smallest, {
          numEnvs: 2,
          prompts: [PROMPTS[0]],
          autoresetMode: "SameStep",
          rewardModel: tokenReward((_previous, _next, action, row) => ({
            reward: action,
            terminated: ends && row === 1 && action === 1,
          })),
        });
      const play = async (env: Awaited<ReturnType<typeof open>>, actions: readonly number[]) => {
        const seen: Uint8Array[][] = [];
        for (const action of actions) {
          const [obs] = await env.step([action + 2, action]);
          seen.push([rowOf(obs, 0, 2), rowOf(obs, 1, 2)]);
        }
        return seen;
      };
      await using ending = await open(true);
      await using endless = await open(false);
      const [first] = await ending.reset({ seed: 3 });
      await endless.reset({ seed: 3 });
      const [before, untouched] = [await play(ending, [0, 2, 0, 2, 1]), await play(endless, [0, 2, 0, 2, 1])];
      expect(before.map(([row]) => row)).toEqual(untouched.map(([row]) => row));
      expect(before.at(-1)?.[1]).toEqual(rowOf(first, 1, 2));
      expect(before.at(-1)?.[1]).not.toEqual(untouched.at(-1)?.[1]);

      const [others, reset] = await ending.getState();
      await endless.reset({ seed: 4 });
      const [, fresh] = await endless.getState();
      if (!others || !reset || !fresh) throw new Error("each row must have a state");
      // The fresh row draws what the other one will draw; its past is no other than the prompt.
      await endless.setState([others, { ...fresh, rng: reset.rng }]);
      expect(await play(ending, [0, 2, 3])).toEqual(await play(endless, [0, 2, 3]));
    },
    TIMEOUT,
  );

  test.skipIf(!FULL)(
    "samples the tokens of the float32 CPU in the bundled world",
    async () => {
      const [world, reference] = [
        await loadWorld("platformer", { engine, heads: false }),
        await loadWorld("platformer", { engine: cpuEngine(), heads: false }),
      ];
      const prompts = (world.prompts ?? []).slice(0, SEEDS.length);
      expect(prompts).toHaveLength(SEEDS.length);
      const [got, want] = [
        await rollOut(world, SEEDS, prompts, FRAMES),
        await rollOut(reference, SEEDS, prompts, FRAMES),
      ];
      for (const one of [world, reference]) one.close();
      expect(tokensInCommon(got, want)).toBeGreaterThanOrEqual(0.995);
    },
    TIMEOUT,
  );
});
