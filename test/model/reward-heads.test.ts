import { startingWith } from "../../src/nn/params.ts";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CheckpointError, DataError, ShapeError } from "../../src/core/errors.ts";
import { float32, type HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { saveWorld } from "../../src/model/checkpoint.ts";
import { GenieWorld } from "../../src/model/genie-world.ts";
import { readHeads, saveHeads } from "../../src/model/heads-file.ts";
import { measureHeads, tokenizeEpisode, usualReward, type TokenEpisode } from "../../src/model/judge-episodes.ts";
import { headsParams, RewardHeadsConfig, setupHeads } from "../../src/model/reward-heads.ts";
import { LabelSampler } from "../../src/model/training/label-sampler.ts";
import { HeadsTrainingConfig, trainHeads } from "../../src/model/training/train-heads.ts";
import { temporaryFolder } from "../data/pictures.ts";
import { engine, tinyGenie } from "./tiny-genie.ts";

const { config: genie, setup, params } = tinyGenie();
const { tokensPerFrame: n, vocabularySize } = setup.dynamics;
const [COIN, DEATH] = [3, 5];

/** An episode of 40 steps of noise; its last frame has the token of the coin or of the death somewhere, and none before. */
function toyEpisode(i: number): TokenEpisode {
  const rng = new Rng(i).split("toy");
  const plain = [0, 1, 2, 4, 6, 7, 8];
  const tokens = Int32Array.from({ length: 41 * n }, () => plain[rng.integer(plain.length)] ?? 0);
  const isCoin = i % 2 === 0;
  tokens[40 * n + rng.integer(n)] = isCoin ? COIN : DEATH;
  const rewards = new Float32Array(40);
  const ends = new Uint8Array(40);
  rewards[39] = isCoin ? 10 : 0;
  ends[39] = 1;
  return { tokens, rewards, ends };
}

const toys = (from: number, count: number) => Array.from({ length: count }, (_, i) => toyEpisode(from + i));
const tiny = HeadsTrainingConfig.parse({
  steps: 200,
  batchSize: 16,
  schedule: { peak: 5e-3, warmupSteps: 10 },
  corruption: 0,
  transformer: { numBlocks: 1, modelDim: 16, numHeads: 2 },
});

test("heads learn what is paid and what ends from few labels, and their probabilities are as rare as the events", async () => {
  const world = new GenieWorld("toy", genie, params, engine);
  const run = { training: toys(0, 40), heldOut: toys(100, 20), config: tiny, engine, rng: new Rng(1) };
  const { averagePrecision, ...stored } = await trainHeads(world, run);
  expect(averagePrecision.reward).toBeGreaterThan(0.95);
  expect(averagePrecision.end).toBeGreaterThan(0.95);
  expect(stored.config.rewards).toEqual([0, 10]);

  const judging = new GenieWorld("toy", genie, params, engine, { heads: stored });
  const { tokens } = toyEpisode(200);
  const frame = (t: number) => tokens.subarray(t * n, (t + 1) * n);
  const coin = await judging.heads?.judge(frame(39), frame(40));
  expect(coin?.reward[1]).toBeGreaterThan(0.5);
  expect(coin?.end[0]).toBeGreaterThan(0.5);
  const calm = await judging.heads?.judge(frame(20), frame(21));
  expect(calm?.reward[1]).toBeLessThan(0.1);
  expect(calm?.end[0]).toBeLessThan(0.1);
  await expect(judging.heads?.judge(new Int32Array(n), new Int32Array(n + 1))).rejects.toThrow(ShapeError);
  world.close();
  judging.close();
});

test("half of a batch are events, as often coins as ends, and the odds take that back", () => {
  const options = { tokensPerFrame: n, vocabularySize, batchSize: 2000, eventShare: 0.5, corruption: 0 };
  const sampler = new LabelSampler(toys(0, 10), options);
  const { tokens, rewards, ends } = sampler.draw(new Rng(0));
  const share = (values: ArrayLike<number> = []) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
  // A quarter are coins by themselves, and half of the quarter of ends are, and a few of the rest.
  expect(share(rewards?.data)).toBeCloseTo(0.375 + 0.5 / 80, 1);
  expect(share(ends?.data)).toBeCloseTo(0.5 + 0.5 / 40, 1);
  expect(sampler.draw(new Rng(0))).toEqual({ tokens, rewards, ends });
  const { reward } = sampler.logOdds();
  const drawn = 0.375 + 0.5 / 80;
  expect(reward[1]).toBeCloseTo(Math.log(1 / 80 / drawn), 6);
  expect(reward[0]).toBeCloseTo(Math.log((1 - 1 / 80) / (1 - drawn)), 6);
});

test("labels that cannot be classes, or are none, are refused", () => {
  const options = { tokensPerFrame: n, vocabularySize, batchSize: 2, eventShare: 0.5, corruption: 0 };
  expect(() => new LabelSampler([], options)).toThrow(DataError);
  const rewards = Float32Array.from({ length: 70 }, (_, i) => i);
  const many = { tokens: new Int32Array(71 * n), rewards, ends: new Uint8Array(70) };
  expect(() => new LabelSampler([many], options)).toThrow(/at most 64 different rewards/);
});

test("an episode is read in windows, each frame once, whatever its length", async () => {
  const world = new GenieWorld(
    "toy",
    { ...genie, tokenizer: { ...genie.tokenizer, architecture: "vit" } },
    vitParams(),
    engine,
  );
  const data = Uint8Array.from(new Rng(3).uniforms(9 * 16 * 16 * 3), (u) => u * 256);
  const frames = { data, count: 9, height: 16, width: 16 };
  const whole = await world.tokenize(frames);
  const inWindows = async (count: number) => {
    const cut = { ...frames, count, data: data.subarray(0, count * 16 * 16 * 3) };
    return (
      await tokenizeEpisode(world, {
        frames: cut,
        rewards: new Float32Array(count - 1),
        ends: new Uint8Array(count - 1),
      })
    ).tokens;
  };
  for (const count of [2, 4, 9]) expect(await inWindows(count)).toEqual(whole.subarray(0, count * n));
  world.close();
});

/** Those of a tokenizer that looks at single frames only. */
function vitParams(): HostTensors {
  return tinyGenie({ tokenizer: { architecture: "vit" } }).params;
}

test("the usual reward is the one nearest to 0", () => {
  expect(usualReward([-10, -1, 0.5, 10])).toBe(2);
});

test("what never happens has no average precision", async () => {
  const heads = {
    rewards: [0],
    judge: async (previous: Int32Array) => ({
      reward: new Float32Array(previous.length / n).fill(1),
      end: new Float32Array(previous.length / n),
    }),
  };
  const quiet = { tokens: new Int32Array(3 * n), rewards: new Float32Array(2), ends: new Uint8Array(2) };
  expect(await measureHeads(heads, [quiet], n)).toEqual({ reward: null, end: null });
});

const headsConfig = RewardHeadsConfig.parse({ rewards: [0, 10], transformer: tiny.transformer });
const stored = {
  config: headsConfig,
  params: Object.fromEntries(
    Object.entries(headsParams(setupHeads(headsConfig, setup))).map(([name, { shape }]) => [
      name,
      float32(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5), shape),
    ]),
  ),
};
const training = {
  episodes: 1,
  steps: 2,
  updates: 3,
  seed: 4,
  heldOutEpisodes: 5,
  averagePrecision: { reward: 0.5, end: null },
};

async function savedHeads(): Promise<string> {
  const folder = temporaryFolder();
  await saveWorld(folder, { name: "tiny", description: "", genie }, params);
  await saveHeads(folder, stored, { world: { genie, params }, training });
  return folder;
}

test("heads come back as they were saved, and stay when their world is written again", async () => {
  const folder = await savedHeads();
  const world = { genie, params };
  expect(await readHeads(folder, world)).toEqual({ ...stored, training });
  await saveWorld(folder, { name: "tiny", description: "again", genie }, params);
  expect(await readHeads(folder, world)).toEqual({ ...stored, training });
  expect(await readHeads(temporaryFolder(), world)).toBeNull();
});

test("heads of another tokenizer are refused, and go when such a world takes the place", async () => {
  const folder = await savedHeads();
  const other = tinyGenie({}, 1).params;
  await expect(readHeads(folder, { genie, params: other })).rejects.toThrow(/train them again/);
  await saveWorld(folder, { name: "tiny", description: "", genie }, other);
  expect(readdirSync(folder).filter((file) => file.startsWith("heads"))).toEqual([]);
});

test("heads stay where only the decoder is another: they read tokens, not pictures", async () => {
  const folder = await savedHeads();
  const painted = { ...params, ...startingWith(tinyGenie({}, 1).params, ["tokenizer.decoder."]) };
  await saveWorld(folder, { name: "tiny", description: "", genie }, painted);
  expect(await readHeads(folder, { genie, params: painted })).toEqual({ ...stored, training });
});

test("a mutated heads.json is read as heads or refused as a checkpoint, and nothing else", async () => {
  const folder = await savedHeads();
  const path = join(folder, "heads.json");
  const text = readFileSync(path, "utf8");
  const rng = new Rng("mutate");
  let refused = 0;
  for (let i = 0; i < 60; i++) {
    const at = rng.integer(text.length);
    writeFileSync(
      path,
      text.slice(0, at) + (["9", '"', "}", "e9", ""][rng.integer(5)] ?? "") + text.slice(at + rng.integer(4)),
    );
    const error: unknown = await readHeads(folder, { genie, params }).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error === null) continue;
    refused += 1;
    expect(error).toBeInstanceOf(CheckpointError);
  }
  expect(refused).toBeGreaterThan(30);
});
