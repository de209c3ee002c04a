import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BehavioralCloning,
  evaluate,
  labelVideo,
  type BCLog,
  type BehavioralCloningOptions,
  type Demonstration,
  type LabelledStep,
} from "../../src/agents/index.ts";
import { onnxEngine } from "../../src/compute/index.ts";
import { CheckpointError, ClosedError, ConfigError, DataError, ShapeError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { catchEnvs, expertEpisodes, FRAME_SHAPE, LABELER, seeingPixels } from "./catch-pixels.ts";

const engine = onnxEngine({ threads: 1 });
const SPEC = { frameShape: FRAME_SHAPE, numActions: 3 };
const SMALL: BehavioralCloningOptions = {
  numFrames: 2,
  patchSize: 5,
  numBlocks: 1,
  modelDim: 32,
  numHeads: 2,
  featureDim: 32,
  batchSize: 16,
  learningRate: 5e-3,
  warmupSteps: 5,
};

const truth = expertEpisodes(40);
let latent: Demonstration[] = [];
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bc-"));
  latent = await Promise.all(
    truth.map(async (episode) => ({
      ...episode,
      actions: await labelVideo(LABELER, episode.frames, { clipLength: 4 }),
    })),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function learn(agent: BehavioralCloning, episodes: readonly Demonstration[], steps: number): Promise<BCLog[]> {
  const logs: BCLog[] = [];
  for await (const log of agent.learn(episodes, { steps })) logs.push(log);
  return logs;
}

/** The first steps of some episodes, with their true actions. */
function labelled(count: number): LabelledStep[] {
  return latent
    .slice(0, count)
    .flatMap((episode, i) => [0, 1, 2].map((at) => ({ episode, at, action: Number(truth[i]?.actions[at]) })));
}

/** How many of 20 games an agent wins. */
async function wins(agent: BehavioralCloning, autoresetMode: "SameStep" | "NextStep" = "SameStep"): Promise<number> {
  using envs = catchEnvs(4, autoresetMode);
  const results = await evaluate(seeingPixels(agent), envs, { episodes: 20, seed: 100 });
  return results.filter((episode) => episode.return === 1).length;
}

describe("it learns Catch", () => {
  test.each(["SameStep", "NextStep"] as const)("from true actions, rows reset by %s", async (autoresetMode) => {
    await using agent = await BehavioralCloning.create(SPEC, SMALL, { engine });
    const logs = await learn(agent, truth, 250);
    expect(logs.at(-1)?.accuracy).toBe(1);
    expect(await wins(agent, autoresetMode)).toBe(20);
  });

  test.each(["dictionary", "decoder"] as const)("from latent actions and 24 labels, by a %s", async (kind) => {
    await using agent = await BehavioralCloning.create(SPEC, SMALL, { engine });
    await learn(agent, latent, 250);
    expect(await wins(agent)).toBeLessThan(20);
    await agent.mapActions(labelled(8), { numActions: 3, kind });
    expect(await wins(agent)).toBe(20);
    await agent.save(join(folder, kind));
    await using loaded = await BehavioralCloning.load(join(folder, kind), { engine });
    expect(await wins(loaded)).toBe(20);
  });

  test("as the paper's network: a token per frame, with the previous actions", async () => {
    const options = { ...SMALL, attention: "space-time", previousActions: true, numFrames: 3 } as const;
    await using agent = await BehavioralCloning.create(SPEC, options, { engine });
    await learn(agent, truth, 250);
    expect(await wins(agent)).toBe(20);
  });
});

test("a step of weight 0 is shown but not learnt", async () => {
  const rng = new Rng(0);
  const spoilt = truth.map((episode) => {
    const weights = Array.from(episode.actions, () => Number(rng.uniform() < 0.7));
    const actions = Array.from(episode.actions, (action, i) => (weights[i] === 0 ? 2 - action : action));
    return { ...episode, actions, weights };
  });
  await using agent = await BehavioralCloning.create(SPEC, SMALL, { engine });
  await learn(agent, spoilt, 250);
  expect(await wins(agent)).toBe(20);
});

test("an agent that is saved and loaded goes on exactly, and acts alike", async () => {
  const path = join(folder, "resumed");
  const halfway = { engine, seed: 3 };
  await using whole = await BehavioralCloning.create(SPEC, SMALL, halfway);
  await using first = await BehavioralCloning.create(SPEC, SMALL, halfway);
  const wholeLogs = await learn(whole, latent, 8);
  const logs: BCLog[] = [];
  for await (const log of first.learn(latent, { steps: 8 })) {
    logs.push(log);
    if (log.step === 4) break;
  }
  await first.save(path);
  await using second = await BehavioralCloning.load(path, { engine });
  expect(second.numUpdates).toBe(4);
  logs.push(...(await learn(second, latent, 8)));
  expect(logs).toEqual(wholeLogs);
  expect(await second.params()).toEqual(await whole.params());
  await Promise.all([whole, second].map((agent) => agent.mapActions(labelled(2), { numActions: 3 })));
  for (const agent of [whole, second]) agent.reset();
  const shown = latent[0]?.frames.data.subarray(0, 600) ?? new Uint8Array();
  for (let i = 0; i < 3; i++) expect(await second.act(shown)).toEqual(await whole.act(shown));
});

test("equal seeds give equal agents, other seeds others", async () => {
  const losses = [];
  for (const seed of [0, 0, 1]) {
    await using agent = await BehavioralCloning.create(SPEC, SMALL, { engine, seed });
    losses.push((await learn(agent, truth, 2)).map(({ loss }) => loss));
  }
  expect(losses[0]).toEqual(losses[1]);
  expect(losses[0]).not.toEqual(losses[2]);
});

test("each row of a batch acts by its own history, as if it were alone", async () => {
  await using agent = await BehavioralCloning.create(SPEC, { ...SMALL, numFrames: 3 }, { engine });
  await learn(agent, truth, 20);
  const size = 150;
  const frameAt = (row: number, step: number) =>
    latent[row]?.frames.data.subarray(step * size, (step + 1) * size) ?? new Uint8Array(size);
  // Row 1 starts anew at step 2, with the first frame of another episode.
  const script = (row: number, step: number) => (row === 1 && step >= 2 ? frameAt(4, step - 2) : frameAt(row, step));
  const together: Int32Array[] = [];
  for (let step = 0; step < 5; step++) {
    const obs = new Uint8Array(3 * size);
    for (let row = 0; row < 3; row++) obs.set(script(row, step), row * size);
    together.push(await agent.act(obs, { deterministic: true, starts: [0, step === 2, 0] }));
  }
  for (let row = 0; row < 3; row++) {
    agent.reset();
    for (let step = 0; step < 5; step++) {
      const starts = [row === 1 && step === 2];
      const alone = await agent.act(script(row, step), { deterministic: true, starts });
      expect(alone[0]).toBe(together[step]?.[row]);
    }
  }
});

test("without a latent policy's help, a share of random actions is even", async () => {
  await using agent = await BehavioralCloning.create(SPEC, { ...SMALL, randomActions: 1 }, { engine });
  const obs = new Uint8Array(150 * 300);
  const counts = [0, 0, 0];
  for (const action of await agent.act(obs)) counts[action] = Number(counts[action]) + 1;
  for (const count of counts) expect(count).toBeGreaterThan(70);
});

describe("bad input is refused", () => {
  const [episode] = truth;
  const with_ = (changes: Partial<Demonstration>): Demonstration[] => (episode ? [{ ...episode, ...changes }] : []);

  test("by create", async () => {
    await expect(BehavioralCloning.create({ ...SPEC, numActions: 1 }, SMALL, { engine })).rejects.toThrow(ConfigError);
    await expect(BehavioralCloning.create(SPEC, { ...SMALL, patchSize: 4 }, { engine })).rejects.toThrow(ConfigError);
    await expect(BehavioralCloning.create(SPEC, { ...SMALL, numHeads: 3 }, { engine })).rejects.toThrow(ConfigError);
    for (const frameShape of [
      [0, 10, 3],
      [10, 10, 1],
      [10.5, 10, 3],
      [10, 10],
    ] as unknown as [number, number, 3][]) {
      await expect(BehavioralCloning.create({ ...SPEC, frameShape }, SMALL, { engine })).rejects.toThrow(/frameShape/);
    }
    const typo: object = { numframes: 2 };
    await expect(BehavioralCloning.create(SPEC, typo, { engine })).rejects.toThrow(ConfigError);
  });

  test("by learn, mapActions and act", async () => {
    await using agent = await BehavioralCloning.create(SPEC, SMALL, { engine });
    await expect(learn(agent, truth, 0)).rejects.toThrow(ConfigError);
    await expect(learn(agent, [], 1)).rejects.toThrow(DataError);
    await expect(learn(agent, with_({ actions: [0] }), 1)).rejects.toThrow(ShapeError);
    await expect(learn(agent, with_({ actions: new Array<number>(9).fill(3) }), 1)).rejects.toThrow(DataError);
    await expect(learn(agent, with_({ weights: new Array<number>(9).fill(-1) }), 1)).rejects.toThrow(DataError);
    await expect(learn(agent, with_({ weights: new Array<number>(9).fill(0) }), 1)).rejects.toThrow(DataError);
    const frames = truth[0]?.frames ?? { data: new Uint8Array(), count: 0, height: 0, width: 0 };
    const floats: object = { ...frames, data: Float32Array.from(frames.data) };
    for (const bad of [{ ...frames, data: frames.data.subarray(150) }, floats as Demonstration["frames"]]) {
      await expect(learn(agent, with_({ frames: bad }), 1)).rejects.toThrow(ShapeError);
    }
    await expect(agent.act(new Uint8Array(151))).rejects.toThrow(ShapeError);
    await expect(agent.act(new Float32Array(150))).rejects.toThrow(ShapeError);
    await expect(agent.act(new Uint8Array(300), { starts: [1] })).rejects.toThrow(ShapeError);
  });

  test.each(["dictionary", "decoder"] as const)("by mapActions, with a %s", async (kind) => {
    await using agent = await BehavioralCloning.create(SPEC, SMALL, { engine });
    const [label] = labelled(1) as [LabelledStep];
    const map = (labels: readonly object[], options: object = {}) =>
      agent.mapActions(labels as readonly LabelledStep[], { numActions: 3, kind, ...options });
    await expect(map([])).rejects.toThrow(ConfigError);
    for (const options of [{ numActions: 2.5 }, { numActions: Number.NaN }, { numActions: 0 }, { kind: "nope" }]) {
      await expect(map([label], options)).rejects.toThrow(ConfigError);
    }
    for (const wrong of [{ at: 99 }, { at: -1 }, { at: 0.5 }, { action: Number.NaN }, { action: 2.7 }, { action: 3 }]) {
      await expect(map([{ ...label, ...wrong }])).rejects.toThrow(DataError);
    }
    const short = { ...label.episode, frames: { ...label.episode.frames, data: new Uint8Array(10) } };
    await expect(map([{ ...label, episode: short }])).rejects.toThrow(ShapeError);
  });

  test("by load", async () => {
    const path = join(folder, "broken");
    await using agent = await BehavioralCloning.create(SPEC, SMALL, { engine });
    await agent.mapActions(labelled(1), { numActions: 3 });
    await agent.save(path);
    await expect(BehavioralCloning.load(join(folder, "nowhere"), { engine })).rejects.toThrow(CheckpointError);
    const json = await readFile(join(path, "bc.json"), "utf8");
    const short: unknown = { ...JSON.parse(json), map: { kind: "dictionary", dictionary: { counts: [[1, 0, 0]] } } };
    const others = [
      json.slice(1),
      json.replace('"modelDim": 32', '"modelDim": 64'),
      json.replace("bc", "ppo"),
      JSON.stringify(short),
    ];
    for (const broken of others) {
      await cp(path, `${path}-copy`, { recursive: true });
      await writeFile(join(`${path}-copy`, "bc.json"), broken);
      await expect(BehavioralCloning.load(`${path}-copy`, { engine })).rejects.toThrow(CheckpointError);
    }
  });

  test("by a closed agent", async () => {
    const agent = await BehavioralCloning.create(SPEC, SMALL, { engine });
    await agent.close();
    await agent.close();
    await expect(agent.act(new Uint8Array(150))).rejects.toThrow(ClosedError);
    await expect(learn(agent, truth, 1)).rejects.toThrow(ClosedError);
  });
});
