import { once } from "node:events";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { demo } from "../../src/cli/demo.ts";
import { evaluate, measureWorld } from "../../src/cli/evaluate.ts";
import { info } from "../../src/cli/info.ts";
import { play } from "../../src/cli/play.ts";
import { train } from "../../src/cli/train.ts";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";
import { GenieError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { readWorld, readWorldConfig } from "../../src/model/checkpoint.ts";
import { readRunState } from "../../src/model/training/run-state.ts";
import { writeMeanNetwork } from "../model/mean-network.ts";
import { genieEnv, snapshot, startGenieEnv, videoFolder } from "./genie-env.ts";

/** Numbers by path, `rollout.psnr` and so on; a list counts as one. */
function paths(value: object, prefix = ""): string[] {
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? paths(part, `${prefix}${key}.`)
      : [prefix + key],
  );
}

let folder = "";
let videos = "";
/** A run of a few steps on `shown`, with `kept` held out. */
let run = "";
let prompt = "";
let trained: ReturnType<typeof genieEnv>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "genie-env-cli-"));
  videos = videoFolder(join(folder, "videos"), "shown", "kept");
  run = join(folder, "run");
  prompt = join(folder, "prompt.jpg");
  const pixels = Uint8Array.from(new Rng(0).uniforms(90 * 60 * 3), (u) => u * 256);
  await sharp(pixels, { raw: { width: 90, height: 60, channels: 3 } }).toFile(prompt);
  trained = genieEnv(...trainArgs(run), "--hold-out", "kept");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = (out: string, steps = "12") => ({ videos, out, preset: "tiny", steps, seed: "3", holdOut: "kept" });
const trainArgs = (out: string, steps = "12") => [
  "train",
  ...Object.entries({ videos, out, preset: "tiny", steps, seed: "3" }).flatMap(([name, value]) => [`--${name}`, value]),
];

/** What a command prints on standard output when it runs in this process, where start-up costs nothing. */
async function printed(command: () => Promise<void>): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const progress = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    await command();
    return log.mock.calls.flat().join("\n");
  } finally {
    log.mockRestore();
    progress.mockRestore();
  }
}

const text = (path: string) => readFileSync(path, "latin1");

describe("a run from video to play", () => {
  test("train writes a world that records what it was shown, and says what to do next", async () => {
    expect(trained).toMatchObject({ status: 0 });
    expect(trained.stdout).toContain(`genie-env eval --world ${run}`);
    const { config } = await readWorld(run);
    expect(config).toMatchObject({
      name: "run",
      training: { videos: ["shown"], heldOut: ["kept"], steps: { tokenizer: 12, dynamics: 12 }, seed: 3 },
    });
  });

  test("each stage ends with a picture of truth and what the model makes of it", async () => {
    expect(readdirSync(join(run, "samples")).toSorted()).toEqual(["dynamics-12.png", "tokenizer-12.png"]);
    const sizes = ["tokenizer-12.png", "dynamics-12.png"].map(async (name) => {
      const { width, height } = await sharp(join(run, "samples", name)).metadata();
      return [width, height];
    });
    // 4 clips of 4 frames of 16 pixels and gaps of one, enlarged twice: 2 rows per clip, then 3.
    expect(await Promise.all(sizes)).toEqual([
      [(4 * 17 - 1) * 2, (4 * 2 * 17 - 1) * 2],
      [(4 * 17 - 1) * 2, (4 * 3 * 17 - 1) * 2],
    ]);
  });

  test("eval measures the held-out video, and the same seed gives the same numbers", async () => {
    const measure = () => evaluate({ world: run, videos, clips: "2", seed: "5", json: true });
    const first = await printed(measure);
    const result: object = JSON.parse(first);
    const expected =
      "tokenizer.psnr tokenizer.ssim rollout.psnr rollout.copyPsnr rollout.psnr4 control.deltaPsnr4 control.ci95 " +
      "actions.used actions.perplexity actions.nmi frames rollout.perFrame4 rollout.ssimPerFrame " +
      "actions.effectAccuracy actions.effectConstant actions.effectNmi drift fvd heads";
    expect(paths(result)).toEqual(expect.arrayContaining(expected.split(" ")));
    // There is no truth beside these videos, and no room for 100 frames.
    expect(result).toMatchObject({
      frames: 20,
      actions: { nmi: null, effectAccuracy: null },
      drift: null,
      heads: null,
    });
    expect(await printed(measure)).toBe(first);
  });

  test("eval that is stopped throws, and leaves no folder behind", async () => {
    const config = await readWorldConfig(run);
    const plan = { folder: run, config, videos: [join(videos, "kept.mp4")], clips: 1, rollouts: 0, seed: 0 };
    const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith("genie-env-eval-"));
    const before = left();
    await expect(measureWorld(plan, AbortSignal.abort(new RangeError("enough")))).rejects.toThrow("enough");
    expect(left()).toEqual(before);
  });

  test.each([
    ["gif", "GIF89a", 0],
    ["webp", "WEBP", 8],
    ["mp4", "ftyp", 4],
  ])("play writes a .%s", async (extension, magic, offset) => {
    const out = join(folder, `play.${extension}`);
    const playing = printed(() => play({ world: run, prompt, actions: "1*3,0", out, seed: 0, scale: 4 }));
    expect(await playing).toContain("5 frames of 16x16");
    expect(text(out).slice(offset, offset + magic.length)).toBe(magic);
  });

  test("demo shows every action and an episode", async () => {
    const out = join(folder, "demo");
    const stdout = await printed(() => demo({ world: run, prompt, out, steps: 4, seed: 0 }));
    for (let action = 0; action < 8; action++) expect(stdout).toMatch(new RegExp(`^ +${action} +\\d+\\.\\d `, "m"));
    expect(stdout).toMatch(/frames a second \(onnx\)[^]*confidence 0\.\d+[^]*entropy \d\.\d+ nats[^]*genie-env play/);
    expect(readdirSync(out).toSorted()).toEqual(["actions.png", "demo.gif"]);
  });

  test("info tells sizes, training and memory", async () => {
    const stdout = await printed(() => info({ world: run, numEnvs: "3" }));
    expect(stdout).toMatch(/frame +16x16 at 10 a second/);
    expect(stdout).toMatch(/training +12 steps of tokenizer, 12 steps of dynamics, .* seed 3/);
    expect(stdout).toMatch(/held out +kept/);
    expect(stdout).toMatch(/memory, 3 envs +about \d+\.\d+ MB: .* 3 x \(caches .* fit here +\d+ environments/s);
    expect(stdout).toContain(` + ${onnxEngine().shardsFor?.(3)} x thread `);
  });
});

/** Sends control-C as soon as training reports its first steps; returns the status and what was printed. */
async function interrupt(args: readonly string[]): Promise<{ status: number | null; stdout: string }> {
  const child = startGenieEnv(...args);
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr?.on("data", (chunk) => {
    const before = stderr;
    stderr += String(chunk);
    if (/^tokenizer \d+\//m.test(stderr) && !/^tokenizer \d+\//m.test(before)) child.kill("SIGINT");
  });
  const [status]: (number | null)[] = await once(child, "close");
  return { status: status ?? null, stdout };
}

describe("a run that is interrupted", () => {
  test("is saved, says how to go on, and ends in the same world as one that was not", async () => {
    const out = join(folder, "interrupted");
    const { status, stdout } = await interrupt([...trainArgs(out, "200,12"), "--hold-out", "kept"]);
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining("--resume") });
    expect(existsSync(join(out, "world.json"))).toBe(false);
    const state = await readRunState(join(out, "state"));
    expect(state?.position).toMatchObject({ stage: "tokenizer", training: ["shown"], heldOut: ["kept"] });
    const step = state?.position.step ?? 0;
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(200);

    const whole = join(folder, "whole");
    await printed(() => train(options(whole, "200,12")));
    await printed(() => train({ ...options(out, "200,12"), resume: true }));
    expect((await readWorld(out)).params).toEqual((await readWorld(whole)).params);
  });
});

describe("bad input is refused with what to mend, and changes nothing", () => {
  const refused = async (command: () => Promise<void>) => {
    const error: unknown = await printed(command).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GenieError);
    return String(error);
  };

  test.each([
    [{ videos: "no/such/folder" }, /no\/such\/folder/],
    [{ size: "17x16" }, /multiple of the patch size/],
    [{ size: "large" }, /--size: must be WIDTHxHEIGHT/],
    [{ seed: "x" }, /--seed: must be an integer/],
    [{ steps: "1,2,3" }, /--steps: must be one number, or two/],
    [{ minutes: "0" }, /--minutes: must be more than 0/],
    [{ preset: "huge" }, /--preset: must be one of tiny/],
    [{ set: ["genie.fsp=3"] }, /fsp/],
    [{ holdOut: "2" }, /--hold-out: must leave videos/],
    [{ from: "no/such/world" }, /world\.json/],
  ])("train %o", async (option, message) => {
    const out = join(folder, "bad");
    expect(await refused(() => train({ ...options(out), ...option }))).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  test("train over a run, or on without one, or on without its videos", async () => {
    const before = snapshot(run);
    expect(await refused(() => train(options(run)))).toMatch(/--out: must hold no run yet/);
    const others = { videos: videoFolder(join(folder, "others"), "new"), resume: true };
    expect(await refused(() => train({ ...options(run), ...others }))).toMatch(/called shown/);
    expect(snapshot(run)).toEqual(before);
    expect(await refused(() => train({ ...options(join(folder, "none")), resume: true }))).toMatch(/--resume/);
  });

  test("train on a broken video", async () => {
    const broken = videoFolder(join(folder, "broken"));
    writeFileSync(join(broken, "broken.mp4"), "no video");
    const given = { ...options(join(folder, "of-broken")), videos: broken, holdOut: "0" };
    expect(await refused(() => train(given))).toMatch(/some clip must have 4 frames/);
  });

  test("eval on the training video under another name, in another folder", async () => {
    const renamed = videoFolder(join(folder, "renamed"));
    copyFileSync(join(videos, "shown.mp4"), join(renamed, "new.mp4"));
    const message = /must hold videos that run was not trained on, got 1 that it was/;
    expect(await refused(() => evaluate({ world: run, videos: renamed, clips: "1" }))).toMatch(message);
  });

  test("eval on what the world was trained on that it went on from", async () => {
    const next = join(folder, "next");
    const others = { videos: videoFolder(join(folder, "next-videos"), "other", "another"), holdOut: "another" };
    await printed(() => train({ ...options(next, "1"), ...others, from: run }));
    for (const shown of [join(videos, "shown.mp4"), join(others.videos, "other.mp4")]) {
      expect(await refused(() => evaluate({ world: next, videos: shown, clips: "1" }))).toMatch(
        /must hold videos that/,
      );
    }
    expect((await readWorldConfig(next)).training?.videos).toEqual(["shown", "other"]);
  });

  test("train on in a finished run", async () => {
    const given = { ...options(run, "13"), resume: true };
    const message = /--steps: may only lengthen a run that is not finished - begin another with --from/;
    expect(await refused(() => train(given))).toMatch(message);
  });

  test("eval of an older world, without hashes, on the training video by its name", async () => {
    const old = join(folder, "old");
    cpSync(run, old, { recursive: true });
    const config: object = JSON.parse(text(join(run, "world.json")));
    const { training } = await readWorldConfig(run);
    writeFileSync(join(old, "world.json"), JSON.stringify({ ...config, training: { ...training, hashes: undefined } }));
    const shown = join(videos, "shown.mp4");
    expect(await refused(() => evaluate({ world: old, videos: shown, clips: "1" }))).toMatch(/must hold videos that/);
  });

  test("eval that shall measure FVD on videos too short for it", async () => {
    const fvdNetwork = writeMeanNetwork(join(folder, "mean.onnx"), [1, 16, 8, 8, 3], [2, 3]);
    const message = /--fvd-network: the videos must hold 104 frames without a cut/;
    expect(await refused(() => evaluate({ world: run, videos, clips: "1", fvdNetwork }))).toMatch(message);
  });

  test("a place that cannot be written is one line and status 2", () => {
    writeFileSync(join(folder, "file"), "");
    const { status, stderr } = genieEnv(...trainArgs(join(folder, "file", "run")));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: .*file.*a file stands where a folder must be \(E[A-Z]+\)\n$/);
  });

  test.each([
    [{ clips: "0" }, /--clips: must be an integer from 1 on/],
    [{ clips: "NaN" }, /--clips/],
    [{ rollouts: "-1" }, /--rollouts: must be an integer from 0 on/],
    [{ fvdNetwork: "i3d.onnx", rollouts: "0" }, /--fvd-network: needs 100-frame roll-outs/],
    [{ fvdNetwork: "no/such.onnx" }, /no\/such\.onnx: must be an ONNX file/],
    [{ fvdNetwork: "package.json" }, /package\.json: must be an ONNX file/],
    [{ seed: "1.5" }, /--seed/],
    [{ engine: "abacus" }, /engine: must be one of onnx/],
    [{ world: "no/such/world" }, /world\.json/],
  ])("eval %o", async (option, message) => {
    expect(await refused(() => evaluate({ world: run, videos, clips: "1", ...option }))).toMatch(message);
  });

  test.each([
    [{ prompt: "no/such.png" }, /no\/such.png/],
    [{ prompt: "package.json" }, /is no picture/],
    [{ actions: "0,jump" }, /"jump"/],
    [{ out: "play.avi" }, /\.gif \.webp \.mp4/],
  ])("play %o", async (option, message) => {
    const out = join(folder, "never.gif");
    const given = { world: run, prompt, actions: "random", steps: 1, seed: 0, scale: 4, out };
    expect(await refused(() => play({ ...given, ...option }))).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  test.each([
    ["cut off", /must have \d+ bytes/, (file: string, content: string) => (file === "world.json" ? content : "x")],
    ["of another version", /version/, (_: string, content: string) => content.replace('"version": 1', '"version": 2')],
    ["no JSON", /must be JSON/, (file: string, content: string) => (file === "world.json" ? "{" : content)],
  ])("a world that is %s", async (name, message, change) => {
    const world = videoFolder(join(folder, name));
    for (const file of readdirSync(run).filter((file) => /^(world\.json|weights\..*)$/.test(file))) {
      writeFileSync(join(world, file), change(file, text(join(run, file))), "latin1");
    }
    expect(await refused(() => info({ world }))).toMatch(message);
  });
});
