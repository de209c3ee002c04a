import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { writeMeanNetwork } from "../model/mean-network.ts";
import { ablate, type AblateCommand } from "../../src/cli/ablate.ts";
import { AblationResult, ablationTable } from "../../src/cli/ablations.ts";
import { scale, type ScaleCommand } from "../../src/cli/scale.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { readWorld } from "../../src/model/checkpoint.ts";
import { startingWith } from "../../src/nn/params.ts";
import { videoFolder } from "./genie-env.ts";

let folder = "";
let command: AblateCommand;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "genie-env-studies-"));
  const videos = videoFolder(join(folder, "videos"), "shown", "kept");
  const out = join(folder, "ablation");
  command = { videos, out, preset: "tiny", steps: "3", seed: "1", holdOut: "kept", clips: 2, rollouts: 0 };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function printed(work: () => Promise<void>): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const progress = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    await work();
    return log.mock.calls.flat().join("\n");
  } finally {
    log.mockRestore();
    progress.mockRestore();
  }
}

/** Each variant in this process, as the command's own processes do, then the table of what they left. */
async function ablateAll(more: Partial<AblateCommand> = {}): Promise<string> {
  for (const only of ["tokens", "pixels"]) await printed(() => ablate("lam-input", { ...command, only }));
  return printed(() => ablate("lam-input", { ...command, ...more }));
}

describe("ablate", () => {
  test("a table tells the parameters that the paper's does", () => {
    const result = AblationResult.parse({
      variant: "vit",
      parameters: { tokenizer: 2e6, actions: 3e6, dynamics: 4e6 },
      costs: {},
      report: {
        tokenizer: { psnr: 30, ssim: 0.9 },
        rollout: { psnr: 25, ssim: 0.8, psnr4: 26 },
        control: { deltaPsnr4: 1, ci95: [0, 2] },
        actions: { effectAccuracy: null },
        fvd: null,
      },
    });
    expect(ablationTable("tokenizer", [result]).join("\n")).toMatch(
      /^\| variant \| parameters, tokenizer \|[^]*\| vit \| 2\.00M \| unknown /,
    );
    expect(ablationTable("actions", [result])[2]).toContain("| vit | 9.00M |");
  });

  test("trains each variant, keeps what is done, and prints a table of costs and quality", async () => {
    const table = await ablateAll();
    expect(table.split("\n")[0]).toMatch(
      /^\| variant \| parameters \| memory, dynamics \| time, dynamics \| tokenizer/,
    );
    expect(table).toMatch(
      /^\| tokens \| 0\.\d\dM \| \d+\.\d\d GiB \| \d+\.\d min \| \d+\.\d\d, -?0\.\d+ \|.*unknown \|$/m,
    );
    expect(table).toMatch(/^\| pixels /m);
    expect(readFileSync(join(command.out, "lam-input.md"), "utf8").trimEnd()).toBe(table);

    // A result that is there is neither trained nor measured again.
    const result = join(command.out, "tokens", "result.json");
    writeFileSync(result, readFileSync(result, "utf8").replace('"variant": "tokens"', '"variant": "kept as it is"'));
    const again = await printed(() => ablate("lam-input", { ...command, json: true }));
    expect(JSON.parse(again)).toMatchObject([
      { variant: "kept as it is", costs: { tokenizer: { steps: 3 }, dynamics: { steps: 3 } } },
      { variant: "pixels", report: { frames: 20 } },
    ]);
  });

  test.each([
    [{ only: "multiply" }, /--only: must be one of prepend, add, got multiply/],
    [{ videos: "nowhere" }, /nowhere must name a video/],
    [{ testVideos: "nowhere" }, /nowhere must name a video/],
    [{ holdOut: "0" }, /--test-videos: videos to measure on are needed/],
    [{ steps: "some" }, /--steps: must be an integer/],
    [{ preset: "none" }, /--preset: must be one of/],
  ])("refuses %j before anything is written or trained", async (change, message) => {
    const out = join(folder, "none");
    await expect(printed(() => ablate("actions", { ...command, out, ...change }))).rejects.toThrow(message);
    expect(existsSync(out)).toBe(false);
  });

  test("refuses to measure on what all variants are trained on, or by a network for longer roll-outs, before any is trained", async () => {
    const out = join(folder, "none");
    const same = { ...command, out, testVideos: command.videos, holdOut: "0" };
    await expect(printed(() => ablate("actions", same))).rejects.toThrow(
      /--test-videos: must hold videos that are not/,
    );
    const fvdNetwork = writeMeanNetwork(join(folder, "long.onnx"), [1, 128, 8, 8, 3], [2, 3]);
    const long = { ...command, out, fvdNetwork, rollouts: 4 };
    await expect(printed(() => ablate("actions", long))).rejects.toThrow(/two clips of 128 frames, got 0/);
    expect(existsSync(out)).toBe(false);
  });

  test("refuses to mix another study with what is done", async () => {
    await ablateAll();
    const again = printed(() => ablate("lam-input", { ...command, steps: "4" }));
    await expect(again).rejects.toThrow(/--steps: must be what the study in .* began with, 3, got 4 - choose another/);
    await expect(again).rejects.toThrow(ConfigError);
    const measured = printed(() => ablate("lam-input", { ...command, testVideos: command.videos }));
    await expect(measured).rejects.toThrow(/--test-videos: must be what .* began with, none, got /);
  });

  test("a damaged file of options is told of", async () => {
    await ablateAll();
    const path = join(command.out, "lam-input-options.json");
    const kept = readFileSync(path, "utf8");
    writeFileSync(path, "{");
    await expect(printed(() => ablate("lam-input", command))).rejects.toThrow(/must hold a study's options/);
    writeFileSync(path, kept);
  });
});

const RECORDING = { env: "Platformer-v0", player: "mixed", difficulty: "easy", seed: 0, frames: 30 };

describe("scale", () => {
  const options = (): ScaleCommand => ({
    world: join(command.out, "pixels"),
    videos: command.videos,
    out: join(folder, "ladder"),
    sizes: "1x16x2,1x32x2,2x32x2",
    batches: "1,2",
    // 8 updates of one clip of 4 frames of 4 tokens.
    tokens: 128,
    seed: 0,
  });

  test("trains a ladder on equal tokens, fits laws and draws them", async () => {
    await ablateAll();
    const report = JSON.parse(await printed(() => scale({ ...options(), json: true })));
    expect(report.sizes.map((run: { steps: number; tokens: number }) => [run.steps, run.tokens])).toEqual([
      [8, 128],
      [8, 128],
      [8, 128],
    ]);
    expect(report.batches.map((run: { steps: number }) => run.steps)).toEqual([8, 4]);
    const [small, , large] = report.sizes;
    expect(large.parameters).toBeGreaterThan(2 * small.parameters);
    expect(large.flops).toBeGreaterThan(2 * small.flops);
    for (const { loss } of report.sizes) expect(loss).toBeGreaterThan(0);
    expect(report.lossOverParameters).toMatchObject({ exponent: expect.any(Number), r2: expect.any(Number) });
    const { width, height, format } = await sharp(join(options().out, "scaling.png")).metadata();
    expect([width, height, format]).toEqual([2 * 4 * 400, 2 * 320, "png"]);
    const svg = readFileSync(join(options().out, "scaling.svg"), "utf8");
    expect(svg.match(/<svg /g)).toHaveLength(5);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);

    // All runs are of the world's own tokenizer and latent actions.
    const shared = async (world: string) => startingWith((await readWorld(world)).params, ["tokenizer.", "actions."]);
    expect(await shared(join(options().out, "1x16x2-batch-1"))).toEqual(await shared(options().world));

    // Done runs are not trained again, and another budget is not mixed with them.
    const table = await printed(() => scale(options()));
    expect(table).toContain(`| 2x32x2 | 1 | ${(large.parameters / 1e6).toPrecision(3)}M |`);
    await expect(printed(() => scale({ ...options(), tokens: 512 }))).rejects.toThrow(/--tokens: must be/);
    await expect(printed(() => scale({ ...options(), seed: 1 }))).rejects.toThrow(/--seed: must be/);
  });

  test("never learns from test levels, with or without what tells of them beside them", async () => {
    const videos = videoFolder(join(folder, "tests"), "000000-level-1000003");
    const out = join(folder, "untrained");
    await expect(printed(() => scale({ ...options(), videos, out }))).rejects.toThrow(/must be of training levels/);
    writeFileSync(join(videos, "recording.json"), JSON.stringify({ ...RECORDING, levels: [1_000_000, 1_000_009] }));
    await expect(printed(() => scale({ ...options(), videos, out }))).rejects.toThrow(/1000000\.\.1000009 in its/);
    expect(existsSync(out)).toBe(false);
  });

  test.each([
    [{ sizes: "2x64" }, /--sizes: must be/],
    [{ sizes: "2x30x4" }, /modelDim|multiple|head/i],
    [{ batches: "2,none" }, /--batches: must be/],
    [{ videos: "nowhere" }, /nowhere must name a video/],
  ])("refuses %j before anything is written", async (change, message) => {
    const out = join(folder, "bad");
    await expect(printed(() => scale({ ...options(), ...change, out }))).rejects.toThrow(message);
    expect(existsSync(out)).toBe(false);
  });
});
