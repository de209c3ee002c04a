import { beforeAll, expect, test } from "vitest";

import {
  Box,
  ConfigError,
  DictSpace,
  Discrete,
  makeSync,
  makeVecSync,
  register,
  specFromJSON,
  specToJSON,
} from "../../../src/env/index.ts";
import type { AnyVectorEnv, Env, EnvSpec, VectorEnv } from "../../../src/env/index.ts";
import { registeredWrappers } from "../../../src/env/wrapper-registry.ts";
import * as wrappers from "../../../src/env/wrappers/index.ts";
import { ScriptedEnv } from "./envs.ts";

const vector = new Box({ low: [0, -1], high: [1, 1], shape: [2], dtype: "float32" });
const picture = new Box({ low: 0, high: 255, shape: [4, 6, 3], dtype: "uint8" });
const record = new DictSpace<Readonly<Record<string, unknown>>>({ x: vector, n: new Discrete(3) });

beforeAll(() => {
  register({
    id: "WrapperTest/Rendered-v0",
    maxEpisodeSteps: 20,
    entryPoint: () =>
      new ScriptedEnv<unknown, Float32Array>({
        observationSpace: vector,
        actionSpace: vector,
        obs: () => vector.sample(),
        renderMode: "rgb_array",
        draw: () => ({ count: 1, height: 1, width: 1, data: new Uint8Array(3) }),
      }),
  });
  for (const [id, observationSpace] of Object.entries({ Vector: vector, Picture: picture, Record: record })) {
    register({
      id: `WrapperTest/${id}-v0`,
      maxEpisodeSteps: 20,
      entryPoint: () =>
        new ScriptedEnv<unknown, Float32Array>({
          observationSpace,
          actionSpace: vector,
          obs: () => observationSpace.sample(),
        }),
    });
  }
});

const driven = () => makeSync<Float32Array, Float32Array>("WrapperTest/Vector-v0");
const filming = () => makeSync<Uint8Array, Float32Array>("WrapperTest/Picture-v0");
const rendered = () => makeSync<Float32Array, Float32Array>("WrapperTest/Rendered-v0");
const recording = () => makeSync<Readonly<Record<string, unknown>>, Float32Array>("WrapperTest/Record-v0");

/** Every registered wrapper, with options that are not the defaults where it has any. */
const WRAPPED: Readonly<Record<string, () => Env>> = {
  AddRenderObservation: () =>
    new wrappers.AddRenderObservation(rendered(), { size: [1, 1], renderOnly: false, renderKey: "r", obsKey: "o" }),
  AddWhiteNoise: () => new wrappers.AddWhiteNoise(rendered(), { probabilityOfNoisePerPixel: 0.5 }),
  Autoreset: () => new wrappers.Autoreset(driven()),
  ClipAction: () => new wrappers.ClipAction(driven()),
  ClipReward: () => new wrappers.ClipReward(driven(), { min: -1 }),
  DelayObservation: () => new wrappers.DelayObservation(driven(), { delay: 3 }),
  DiscretizeAction: () => new wrappers.DiscretizeAction(driven(), { bins: [2, 5], multidiscrete: true }),
  DiscretizeObservation: () => new wrappers.DiscretizeObservation(driven(), { bins: 4 }),
  DtypeObservation: () => new wrappers.DtypeObservation(driven(), { dtype: "float64" }),
  FilterObservation: () => new wrappers.FilterObservation(recording(), { keys: ["n"] }),
  FlattenObservation: () => new wrappers.FlattenObservation(recording()),
  FrameStackObservation: () => new wrappers.FrameStackObservation(driven(), { stackSize: 3, paddingType: "zero" }),
  GrayscaleObservation: () => new wrappers.GrayscaleObservation(filming(), { keepDim: true }),
  HumanRendering: () => new wrappers.HumanRendering(rendered()),
  MaxAndSkipObservation: () => new wrappers.MaxAndSkipObservation(driven(), { skip: 3 }),
  NormalizeObservation: () => new wrappers.NormalizeObservation(driven(), { epsilon: 0.1 }),
  NormalizeReward: () => new wrappers.NormalizeReward(driven(), { gamma: 0.5, epsilon: 0.1 }),
  ObstructView: () => new wrappers.ObstructView(rendered(), { obstructedPixelsRatio: 0.5, obstructionWidth: 2 }),
  RecordVideo: () => new wrappers.RecordVideo(rendered(), { videoFolder: "videos", videoLength: 3, format: "gif" }),
  RenderCollection: () => new wrappers.RenderCollection(rendered(), { popFrames: false }),
  RecordEpisodeStatistics: () => new wrappers.RecordEpisodeStatistics(driven(), { bufferLength: 7, statsKey: "stats" }),
  RepeatAction: () => new wrappers.RepeatAction(driven(), { numRepeats: 2 }),
  RescaleAction: () => new wrappers.RescaleAction(driven(), { min: -2, max: [2, 3] }),
  RescaleObservation: () => new wrappers.RescaleObservation(driven(), { min: [-2, -3], max: 2 }),
  ReshapeObservation: () => new wrappers.ReshapeObservation(driven(), { shape: [2, 1] }),
  ResizeObservation: () => new wrappers.ResizeObservation(filming(), { shape: [2, 3] }),
  StickyAction: () =>
    new wrappers.StickyAction(driven(), { repeatActionProbability: 0.5, repeatActionDuration: [2, 4] }),
  TimeAwareObservation: () => new wrappers.TimeAwareObservation(driven(), { normalizeTime: true, flatten: false }),
  // Around another wrapper; a limit around the bare environment is the spec's own.
  TimeLimit: () => new wrappers.TimeLimit(new wrappers.ClipReward(driven(), { min: -1 }), { maxEpisodeSteps: 3 }),
};

const stackOf = (env: Env): unknown => ({
  layers: env.toString(),
  spec: env.spec,
  observationSpace: JSON.stringify(env.observationSpace),
  actionSpace: JSON.stringify(env.actionSpace),
});

test("WR-19 every registered wrapper is in this test", () => {
  const tested = [...Object.keys(WRAPPED), ...Object.keys(VECTOR_WRAPPED)];
  const missing = registeredWrappers().filter((name) => name in wrappers && !tested.includes(name));
  expect(missing).toEqual([]);
  expect(tested.filter((name) => !registeredWrappers().includes(name))).toEqual([]);
});

test.each(Object.entries(WRAPPED))("WR-19 %s is rebuilt from its spec as JSON", (name, wrap) => {
  const env = wrap();
  const recorded = env.spec?.additionalWrappers.at(-1);
  expect(recorded).toMatchObject({ name, options: expect.any(Object) });
  const spec: EnvSpec = JSON.parse(JSON.stringify(env.spec));
  expect(stackOf(makeSync(spec))).toEqual(stackOf(env));
});

type Rows = VectorEnv<never, never>;
const rows = (name: string, options: object = {}): Rows =>
  makeVecSync<never, never>(`WrapperTest/${name}-v0`, { numEnvs: 2, ...options });

/** Every registered vector wrapper. */
const VECTOR_WRAPPED: Readonly<Record<string, () => AnyVectorEnv<"sync">>> = {
  DictInfoToList: () => new wrappers.DictInfoToList(rows("Vector")),
  VectorClipAction: () => new wrappers.VectorClipAction(rows("Vector")),
  VectorClipReward: () => new wrappers.VectorClipReward(rows("Vector"), { max: 1 }),
  VectorDtypeObservation: () => new wrappers.VectorDtypeObservation(rows("Vector"), { dtype: "float64" }),
  VectorFilterObservation: () => new wrappers.VectorFilterObservation(rows("Record"), { keys: ["n"] }),
  VectorFlattenObservation: () => new wrappers.VectorFlattenObservation(rows("Record")),
  VectorFrameStackObservation: () => new wrappers.VectorFrameStackObservation(rows("Vector"), { stackSize: 2 }),
  VectorGrayscaleObservation: () => new wrappers.VectorGrayscaleObservation(rows("Picture"), { keepDim: true }),
  VectorHumanRendering: () => new wrappers.VectorHumanRendering(rows("Rendered")),
  VectorNormalizeObservation: () => new wrappers.VectorNormalizeObservation(rows("Vector"), { epsilon: 0.1 }),
  VectorNormalizeReward: () => new wrappers.VectorNormalizeReward(rows("Vector"), { gamma: 0.5, epsilon: 0.1 }),
  VectorRecordEpisodeStatistics: () =>
    new wrappers.VectorRecordEpisodeStatistics(rows("Vector"), { bufferLength: 7, statsKey: "stats" }),
  VectorRecordVideo: () =>
    new wrappers.VectorRecordVideo(rows("Rendered"), {
      videoFolder: "videos",
      videoLength: 3,
      namePrefix: "rows",
      recordFirstOnly: true,
      videoAspectRatio: [4, 3],
    }),
  VectorRescaleAction: () => new wrappers.VectorRescaleAction(rows("Vector"), { min: -2, max: [2, 3] }),
  VectorRescaleObservation: () => new wrappers.VectorRescaleObservation(rows("Vector"), { min: [-2, -3], max: 2 }),
  VectorReshapeObservation: () => new wrappers.VectorReshapeObservation(rows("Vector"), { shape: [2, 1] }),
  VectorResizeObservation: () => new wrappers.VectorResizeObservation(rows("Picture"), { shape: [2, 3] }),
};

test.each(Object.entries(VECTOR_WRAPPED))("WR-19 %s is rebuilt from its spec as JSON", (name, wrap) => {
  const env = new wrappers.VectorClipReward(wrap(), { min: -3 });
  const spec = specFromJSON(specToJSON(env.spec ?? ({} as EnvSpec)));
  expect(spec.vector?.wrappers.map((wrapper) => wrapper.name)).toEqual([name, "VectorClipReward"]);
  const again = makeVecSync(spec);
  const shown = (one: AnyVectorEnv) => [String(one), one.spec, one.observationSpace.toJSON(), one.actionSpace.toJSON()];
  expect(shown(again)).toEqual(shown(env));
  expect(env.unwrapped.spec?.vector?.wrappers).toEqual([]);
});

test("WR-19 vector wrappers with functions cannot be rebuilt; with triggers neither", () => {
  const doubled = new wrappers.VectorTransformReward(rows("Vector"), (reward) => 2 * reward);
  expect(() => makeVecSync(doubled.spec ?? "")).toThrow(/makeVec: .* got none for VectorTransformReward/);
  const filmed = new wrappers.VectorRecordVideo(rows("Rendered"), { videoFolder: "videos", stepTrigger: () => false });
  expect(() => makeVecSync(filmed.spec ?? "")).toThrow(ConfigError);
  const unknown = {
    ...rows("Vector").spec,
    vector: { numEnvs: 1, vectorizationMode: "sync", vectorOptions: {}, wrappers: [{ name: "Nobody", options: {} }] },
  };
  expect(() => makeVecSync(unknown as EnvSpec)).toThrow(/Nobody - call registerVectorWrapper/);
});

test("WR-19 infinite bounds survive JSON", () => {
  const env = new wrappers.RescaleAction(new wrappers.ClipAction(driven()), {
    min: -Infinity,
    max: [Infinity, Infinity],
  });
  const spec: EnvSpec = JSON.parse(JSON.stringify(env.spec));
  expect(spec.additionalWrappers.at(-1)?.options).toEqual({ min: "-inf", max: ["inf", "inf"] });
  expect(stackOf(makeSync(spec))).toEqual(stackOf(env));
});

test("WR-19 a wrapper around a function cannot be rebuilt, and says so", () => {
  const env = new wrappers.TransformReward(driven(), (reward) => reward * 2);
  expect(() => makeSync(JSON.parse(JSON.stringify(env.spec)))).toThrow("TransformReward");
  const clocked = new wrappers.RecordEpisodeStatistics(driven(), {}, () => 0);
  expect(() => makeSync(clocked.spec ?? "")).toThrow(/got none for RecordEpisodeStatistics/);
});

test("the smaller of two limits around the bare environment is the spec's", () => {
  const limit = (outer: number, inner: number) =>
    new wrappers.TimeLimit(new wrappers.TimeLimit(driven(), { maxEpisodeSteps: inner }), { maxEpisodeSteps: outer })
      .spec?.maxEpisodeSteps;
  expect([limit(9, 4), limit(4, 9)]).toEqual([4, 4]);
});
