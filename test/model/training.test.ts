import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CheckpointError, ConfigError } from "../../src/core/errors.ts";
import { sliceFrames } from "../../src/core/frames.ts";
import { float32, type HostTensors } from "../../src/core/host-tensor.ts";
import { readRunLog } from "../../src/core/run-log.ts";
import { encodeSafetensors } from "../../src/core/safetensors.ts";
import { buildClipStore, ClipStore } from "../../src/data/clip-store.ts";
import { writePng } from "../../src/data/image.ts";
import { readWorld } from "../../src/model/checkpoint.ts";
import { parseGenieConfig } from "../../src/model/genie.ts";
import { PRESETS, TrainingConfig } from "../../src/model/training/presets.ts";
import { readRunState } from "../../src/model/training/run-state.ts";
import { trainGenie, type TrainOptions } from "../../src/model/training/train-genie.ts";
import { movingSquare, temporaryFolder } from "../data/pictures.ts";

const { tiny } = PRESETS;
let folder = "";
let clips: ClipStore;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A store of one video of 30 frames, and one that is kept for evaluation. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "genie-env-"));
  const videos = ["seen", "kept"].map((name) => join(folder, name));
  for (const [hue, video] of videos.entries()) {
    mkdirSync(video, { recursive: true });
    const frames = movingSquare(30, hue);
    for (let i = 0; i < frames.count; i++) {
      await writePng(join(video, `${String(i).padStart(2, "0")}.png`), sliceFrames(frames, i));
    }
  }
  await buildClipStore(join(folder, "clips"), videos, { height: 16, width: 16, fps: 10, minFrames: 4 });
  clips = await ClipStore.open(join(folder, "clips"));
});

function options(folder: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    folder,
    clips,
    training: ["seen"],
    hashes: ["ab".repeat(32)],
    heldOut: ["kept"],
    name: "tiny",
    genie: parseGenieConfig(tiny.genie),
    config: TrainingConfig.parse({ ...tiny.training, steps: [12, 11] }),
    seed: 3,
    resume: false,
    signal: new AbortController().signal,
    silent: true,
    ...more,
  };
}

/** Trains until the checkpoint of this stage and step, then stops as a user would, or as a crash would. */
async function interrupted(folder: string, stage: string, step: number, how: "stop" | "crash", resume: boolean) {
  const controller = new AbortController();
  const run = trainGenie(
    options(folder, {
      resume,
      signal: controller.signal,
      checkpointSeconds: 0,
      onCheckpoint: ({ position }) => {
        if (position.stage !== stage || position.step !== step) return Promise.resolve();
        if (how === "crash") return Promise.reject(new Error("power cut"));
        controller.abort();
        return Promise.resolve();
      },
    }),
  );
  if (how === "crash") await expect(run).rejects.toThrow("power cut");
  else expect((await run).position).toMatchObject({ stage, step });
}

/** Makes a run one that began before plans were kept: it goes on with what it is told. */
function forgetPlan(folder: string): void {
  const path = join(folder, "state", "run.json");
  const position: object = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...position, plan: undefined }));
}

/** The logged numbers of a stage that do not depend on the clock. */
function logged(folder: string, stage: string) {
  return readRunLog(join(folder, "logs", stage)).map(({ step, values: { fps: _fps, ...values } }) => ({
    step,
    values,
  }));
}

function bytesOf(tensors: HostTensors): Buffer {
  return Buffer.from(encodeSafetensors(tensors));
}

test("a run that was stopped, or crashed, ends with the bytes and losses of one that was not", async () => {
  const [whole, parted] = [temporaryFolder(), temporaryFolder()];
  const want = await trainGenie(options(whole));
  await interrupted(parted, "tokenizer", 5, "stop", false);
  await interrupted(parted, "tokenizer", 8, "crash", true);
  await interrupted(parted, "dynamics", 4, "crash", true);
  await interrupted(parted, "dynamics", 7, "stop", true);
  const got = await trainGenie(options(parted, { resume: true, hashes: undefined }));
  for (const stage of ["tokenizer", "dynamics"]) {
    expect(logged(whole, stage).map(({ step }) => step)).toEqual([1, 10]);
    expect(logged(parted, stage)).toEqual(logged(whole, stage));
  }
  expect(bytesOf(got.tensors).equals(bytesOf(want.tensors))).toBe(true);
  expect(got.position.stepsDone).toEqual({ tokenizer: 12, dynamics: 11 });
  const world = await readWorld(parted);
  expect(world.config.training).toMatchObject({
    videos: ["seen"],
    fingerprints: Buffer.from("ab".repeat(6), "hex").toString("base64"),
    heldOut: ["kept"],
    seed: 3,
  });
  expect(Object.keys(world.params).some((name) => name.startsWith("adam."))).toBe(false);
});

test("training changes what it should: the tokenizer first, and then no more", async () => {
  const folder = temporaryFolder();
  const states: HostTensors[] = [];
  await trainGenie(
    options(folder, {
      config: TrainingConfig.parse({ ...tiny.training, steps: [2, 2] }),
      onCheckpoint: ({ tensors }) => {
        states.push(tensors);
        return Promise.resolve();
      },
    }),
  );
  const [afterTokenizer = {}, afterDynamics = {}] = states;
  const changed = Object.keys(afterTokenizer).filter((name) => {
    const one = ({ [name]: tensor }: HostTensors) => bytesOf(tensor ? { tensor } : {});
    return !one(afterTokenizer).equals(one(afterDynamics));
  });
  const models = changed.map((name) => name.split(".")[0]);
  expect(new Set(models)).toEqual(new Set(["actions", "dynamics"]));
});

test("a loss that is not finite stops the run, and the last good state stays", async () => {
  const folder = temporaryFolder();
  await interrupted(folder, "tokenizer", 3, "stop", false);
  const good = await readRunState(join(folder, "state"));
  const schedule = { peak: 1e38, warmupSteps: 0 };
  const config = TrainingConfig.parse({ ...tiny.training, tokenizer: { batchSize: 4, schedule }, steps: [12, 11] });
  await expect(trainGenie(options(folder, { resume: true, config }))).rejects.toThrow(/^--set training: /);
  forgetPlan(folder);
  const broken = trainGenie(options(folder, { resume: true, config }));
  await expect(broken).rejects.toThrow(ConfigError);
  await expect(broken).rejects.toThrow(
    /tokenizer: (loss|gradientNorm) must be finite, got .* at step \d+ - lower the learning rate/,
  );
  expect((await readRunState(join(folder, "state")))?.tensors).toEqual(good?.tensors);
});

test("a run is neither overwritten nor resumed from nothing", async () => {
  const folder = temporaryFolder();
  await expect(trainGenie(options(folder, { resume: true }))).rejects.toThrow(ConfigError);
  await interrupted(folder, "tokenizer", 1, "stop", false);
  await expect(trainGenie(options(folder))).rejects.toThrow(/must be free, got a run/);
});

test("a run goes on as it began: only its length may grow", async () => {
  const folder = temporaryFolder();
  await interrupted(folder, "tokenizer", 1, "stop", false);
  const steps = (tokenizer: number, dynamics: number) =>
    TrainingConfig.parse({ ...tiny.training, steps: [tokenizer, dynamics] });
  for (const [more, message] of [
    [{ seed: 4 }, /^--seed: must be what the run began with, 3, got 4/],
    [{ heldOut: [] }, /^--hold-out/],
    [{ genie: parseGenieConfig({ ...tiny.genie, width: 32 }) }, /^--size/],
    [{ from: "another" }, /^--from: .* nothing, got "another"/],
    [{ name: "other" }, /^--name/],
    [{ minutes: 1 }, /^--minutes/],
    [{ config: steps(12, 10) }, /^--steps: may only lengthen a run, from 11, got 10/],
  ] as const) {
    await expect(trainGenie(options(folder, { resume: true, ...more }))).rejects.toThrow(message);
  }
  const { position } = await trainGenie(options(folder, { resume: true, config: steps(12, 12) }));
  expect(position.stepsDone).toEqual({ tokenizer: 12, dynamics: 12 });
  expect(position.plan?.config.steps).toEqual([12, 12]);
});

test("a warm start begins with the given parameters, and refuses those of another model", async () => {
  const folder = temporaryFolder();
  const zeros = float32(new Float32Array(32 * 4), [32, 4]);
  const wrong = { "tokenizer.encoder.latent.weight": zeros };
  await expect(trainGenie(options(folder, { warmStart: wrong }))).rejects.toThrow(ConfigError);
  await expect(trainGenie(options(folder, { warmStart: { "tokenizer.unknown": zeros } }))).rejects.toThrow(ConfigError);
  const given = { "dynamics.embed.actions": float32(new Float32Array(9 * 32).fill(0.5), [9, 32]) };
  const state = await trainGenie(
    options(folder, { warmStart: given, config: TrainingConfig.parse({ ...tiny.training, steps: [0, 0] }) }),
  );
  expect(state.tensors["dynamics.embed.actions"]?.data.every((value) => value === 0.5)).toBe(true);
});

test("a damaged state is refused", async () => {
  const folder = temporaryFolder();
  await interrupted(folder, "tokenizer", 1, "stop", false);
  const state = join(folder, "state");
  const position = readFileSync(join(state, "run.json"), "utf8");
  for (const damaged of [
    "",
    "{",
    position.replace('"version": 1', '"version": 2'),
    position.replace("tokenizer", "tea"),
  ]) {
    writeFileSync(join(state, "run.json"), damaged);
    await expect(trainGenie(options(folder, { resume: true }))).rejects.toThrow(CheckpointError);
  }
  writeFileSync(join(state, "run.json"), position);
  const tensors = readdirSync(state).find((file) => file.endsWith(".safetensors")) ?? "";
  truncateSync(join(state, tensors), 1000);
  await expect(trainGenie(options(folder, { resume: true }))).rejects.toThrow(CheckpointError);
});
