import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { ConfigError, ResetNeededError, ShapeError } from "../../../src/core/errors.ts";
import type { Frames } from "../../../src/core/frames.ts";
import { Box, DictSpace, Discrete } from "../../../src/env/index.ts";
import {
  AddRenderObservation,
  AddWhiteNoise,
  cappedCubicVideoSchedule,
  HumanRendering,
  ObstructView,
  RecordVideo,
  RenderCollection,
} from "../../../src/env/wrappers/index.ts";
import { promising, ScriptedEnv } from "./envs.ts";

const observationSpace = new Box({ low: 0, high: 100, shape: [1], dtype: "float32" });
const actionSpace = new Discrete(2);
const picture = (value: number, height = 4, width = 6): Frames => ({
  count: 1,
  height,
  width,
  data: new Uint8Array(height * width * 3).fill(value),
});
const filming = (length = Infinity, renderMode: "rgb_array" | null = "rgb_array") =>
  new ScriptedEnv({
    observationSpace,
    actionSpace,
    obs: (t) => Float32Array.of(t),
    length,
    renderMode,
    draw: (t) => picture(t),
  });
const bytesOf = (frames: unknown): Uint8Array => {
  const isFrames = typeof frames === "object" && frames !== null && "data" in frames;
  return isFrames && frames.data instanceof Uint8Array ? frames.data : new Uint8Array();
};
/** The first byte of each frame: the step at which it was rendered. */
const steps = (frames: unknown) => [...bytesOf(frames)].filter((_, at) => at % 72 === 0);

describe("RenderCollection", () => {
  test("WR-20 render returns the frames since it was last called, and since the reset", () => {
    const env = new RenderCollection(filming());
    expect([env.renderMode, env.metadata.renderModes.includes("rgb_array_list")]).toEqual(["rgb_array_list", true]);
    expect(() => env.render()).toThrow(ResetNeededError);
    env.reset();
    env.step(0);
    env.step(0);
    expect(steps(env.render())).toEqual([0, 1, 2]);
    expect(env.render()).toMatchObject({ count: 0, height: 4, width: 6 });
    env.step(0);
    env.reset();
    expect(steps(env.render())).toEqual([0]);
  });

  test("WR-20 frames can be kept through render and reset", () => {
    const env = new RenderCollection(filming(), { popFrames: false, resetClean: false });
    env.reset();
    env.step(0);
    env.render();
    env.reset();
    expect(steps(env.render())).toEqual([0, 1, 0]);
  });

  test("WR-20 it serves promises, and refuses an environment that renders nothing", async () => {
    const env = new RenderCollection(promising(filming()));
    await env.reset();
    await env.step(1);
    expect(steps(await env.render())).toEqual([0, 1]);
    expect(() => new RenderCollection(filming(1, null))).toThrow(ConfigError);
  });
});

describe("RecordVideo", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "record-video-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    vi.restoreAllMocks();
  });
  const play = (env: RecordVideo<Float32Array, number>, episodes: number) => {
    for (let episode = 0; episode < episodes; episode++) {
      env.reset();
      while (!env.step(0)[2]);
    }
  };

  test("WR-20 episodes that the trigger names are written, each to its file", async () => {
    const options = { videoFolder: join(folder, "new"), format: "gif" } as const;
    const env = new RecordVideo(filming(3), { ...options, episodeTrigger: (episode) => episode % 2 === 1 });
    play(env, 4);
    const saved = await env.saved();
    expect(saved).toEqual([1, 3].map((n) => `${join(folder, "new")}/rl-video-episode-${n}.gif`));
    expect(readdirSync(join(folder, "new"))).toEqual(["rl-video-episode-1.gif", "rl-video-episode-3.gif"]);
  });

  test("WR-20 a video of fixed length begins with a step and goes on over episodes", async () => {
    const inner = filming(3);
    const render = vi.spyOn(inner, "render");
    const stepTrigger = (step: number) => step === 2;
    const env = new RecordVideo(inner, {
      videoFolder: folder,
      videoLength: 5,
      namePrefix: "a",
      format: "webp",
      stepTrigger,
    });
    play(env, 4);
    expect(await env.saved()).toEqual([`${folder}/a-step-2.webp`]);
    expect(render).toHaveBeenCalledTimes(5);
  });

  test("WR-20 close ends a video that is being recorded", async () => {
    const env = new RecordVideo(filming(), { videoFolder: folder, format: "gif" });
    env.reset();
    env.step(0);
    env.close();
    expect(await env.saved()).toEqual([`${folder}/rl-video-episode-0.gif`]);
  });

  test("WR-20 a video that cannot be written is told of twice: as a warning, and by saved", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    writeFileSync(join(folder, "file"), "");
    const env = new RecordVideo(filming(1), { videoFolder: join(folder, "file"), format: "gif" });
    play(env, 1);
    await expect(env.saved()).rejects.toThrow();
    expect(warn).toHaveBeenCalledTimes(1);
  });

  test("WR-20 episodes are chosen more and more rarely when nobody says which", () => {
    const chosen = Array.from({ length: 3001 }, (_, episode) => episode).filter(cappedCubicVideoSchedule);
    expect(chosen).toEqual([0, 1, 8, 27, 64, 125, 216, 343, 512, 729, 1000, 2000, 3000]);
  });

  test("WR-20 an environment without pixels or frame rate is refused", () => {
    expect(() => new RecordVideo(filming(1, null), { videoFolder: folder })).toThrow(ConfigError);
    const env = filming();
    Object.defineProperty(env, "metadata", { value: { renderModes: ["rgb_array"] } });
    expect(() => new RecordVideo(env, { videoFolder: folder })).toThrow(ConfigError);
  });
});

test("WR-20 HumanRendering draws every frame, no wider than its screen, and render returns nothing", () => {
  const drawn: string[] = [];
  const env = new HumanRendering(filming(), { columns: 3, write: (text) => drawn.push(text) });
  env.reset();
  env.step(0);
  expect([env.renderMode, env.render(), drawn.length]).toEqual(["human", null, 2]);
  const cell = "\u001B[38;2;1;1;1m\u001B[48;2;1;1;1m▀";
  expect(drawn[1]).toBe(`\u001B[H${cell.repeat(3)}\u001B[0m\n`);
});

describe("AddRenderObservation", () => {
  test("WR-20 the picture stands for the observation, or beside it", async () => {
    const only = new AddRenderObservation(promising(filming()), { size: [4, 6] });
    await only.reset();
    const [obs] = await only.step(0);
    expect(obs).toEqual(picture(1).data);
    expect(only.observationSpace.contains(obs)).toBe(true);
    const beside = new AddRenderObservation(filming(), { size: [4, 6], renderOnly: false });
    const [both] = beside.reset();
    expect(both).toEqual({ state: Float32Array.of(0), pixels: picture(0).data });
    expect(beside.observationSpace.contains(both)).toBe(true);
  });

  test("WR-20 records get one more key, which must be new", () => {
    const inner = () =>
      new ScriptedEnv({
        observationSpace: new DictSpace({ x: observationSpace }),
        actionSpace,
        obs: () => ({ x: Float32Array.of(1) }),
        renderMode: "rgb_array",
        draw: () => picture(9),
      });
    const env = new AddRenderObservation(inner(), { size: [4, 6], renderOnly: false });
    expect(Object.keys(env.reset()[0])).toEqual(["x", "pixels"]);
    expect(() => new AddRenderObservation(inner(), { size: [4, 6], renderOnly: false, renderKey: "x" })).toThrow(
      ConfigError,
    );
  });

  test("WR-20 another size than was said is an error", () => {
    expect(() => new AddRenderObservation(filming(), { size: [5, 6] }).reset()).toThrow(ShapeError);
  });
});

describe("noisy rendering", () => {
  const rendered = (env: { reset(args: { seed: number }): unknown; render(): unknown }, seed: number) => {
    env.reset({ seed });
    return env.render();
  };

  test("WR-20 AddWhiteNoise replaces about as many pixels, the same for equal seeds", () => {
    const inner = filming();
    Object.defineProperty(inner, "draw", { value: () => picture(0, 40, 50) });
    const env = new AddWhiteNoise(inner, { probabilityOfNoisePerPixel: 0.3, isNoiseGrayscale: true });
    const first = rendered(env, 1);
    expect(rendered(env, 1)).toEqual(first);
    expect(rendered(env, 2)).not.toEqual(first);
    const data = bytesOf(first);
    const noisy = Array.from({ length: 2000 }, (_, i) => data.slice(3 * i, 3 * i + 3)).filter(([red = 0]) => red > 0);
    expect(Math.abs(noisy.length / 2000 - 0.3)).toBeLessThan(0.05);
    expect(noisy.every(([red, green, blue]) => red === green && green === blue)).toBe(true);
    expect(env.step(0)[0]).toEqual(Float32Array.of(1));
  });

  test("WR-20 ObstructView covers squares, no more than were asked for", () => {
    const inner = filming();
    Object.defineProperty(inner, "draw", { value: () => picture(0, 40, 50) });
    const env = new ObstructView(inner, { obstructedPixelsRatio: 0.2, obstructionWidth: 10 });
    const data = bytesOf(rendered(env, 3));
    const covered = Array.from({ length: 2000 }, (_, i) => data.slice(3 * i, 3 * i + 3).some((byte) => byte > 0));
    const count = covered.filter(Boolean).length;
    expect(count).toBeGreaterThanOrEqual(100);
    expect(count).toBeLessThanOrEqual(400);
  });

  test("WR-20 environments without pixels and bad options are refused", () => {
    expect(() => new AddWhiteNoise(filming(1, null), { probabilityOfNoisePerPixel: 0.5 })).toThrow(ConfigError);
    expect(() => new AddWhiteNoise(filming(), { probabilityOfNoisePerPixel: 0 })).toThrow(ConfigError);
    expect(() => new ObstructView(filming(), { obstructedPixelsRatio: 2, obstructionWidth: 1 })).toThrow(ConfigError);
  });
});
