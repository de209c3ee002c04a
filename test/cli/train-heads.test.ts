import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { demo } from "../../src/cli/demo.ts";
import { record } from "../../src/cli/record.ts";
import { findRecordings } from "../../src/cli/recordings.ts";
import { trainHeadsOf } from "../../src/cli/train-heads.ts";
import { ConfigError, DataError } from "../../src/core/errors.ts";
import { GenieEnv } from "../../src/env/index.ts";
import { saveWorld } from "../../src/model/checkpoint.ts";
import { temporaryFolder } from "../data/pictures.ts";
import { tinyGenie } from "../model/tiny-genie.ts";

const { config: genie, params } = tinyGenie({ fps: 15 });
const tiny = ["heads.batchSize=4", 'heads.transformer={"numBlocks":1,"modelDim":16,"numHeads":2}'];
let home = "";
let episodes = "";
let world = "";

const recordInto = (out: string, levels: readonly [number, number]) =>
  record({ env: "Platformer-v0", player: "expert", frames: 400, levels, difficulty: "easy", seed: 0, out });

/** What a command prints. */
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

const trainHeads = (given: { world: string; episodes: string; replace?: boolean }) =>
  printed(() => trainHeadsOf({ ...given, steps: 2, seed: 0, set: tiny }));

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "genie-env-heads-"));
  episodes = join(home, "episodes");
  world = join(home, "world");
  await printed(() => recordInto(episodes, [0, 99]));
  await saveWorld(world, { name: "tiny", description: "", genie }, params);
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

test("train-heads writes heads beside the world, which stays as it was, and an environment plays by them", async () => {
  const before = readFileSync(join(world, "world.json"), "utf8");
  const stdout = await trainHeads({ world, episodes });
  expect(stdout).toMatch(/rewards 0, 10; the world itself .* saw no label[^]*average precision/);
  expect(readFileSync(join(world, "world.json"), "utf8")).toBe(before);
  expect(readdirSync(world)).toContain("heads.json");

  await using env = await GenieEnv.load(world, { rewardModel: "heads" });
  const image = { data: new Uint8Array(16 * 16 * 3), height: 16, width: 16 };
  const [, info] = await env.reset(image);
  expect(info).not.toHaveProperty("world_has_no_reward");
  const [, reward, terminated] = await env.step(0);
  expect([0, 10]).toContain(reward);
  expect(terminated).toBeTypeOf("boolean");
});

test("heads that a world has are written over only with --replace", async () => {
  const judged = join(temporaryFolder(), "judged");
  await saveWorld(judged, { name: "judged", description: "", genie }, params);
  const heads = join(judged, "heads.json");
  writeFileSync(heads, "somebody's heads");
  await expect(trainHeads({ world: judged, episodes })).rejects.toThrow(
    /--world: must have no heads\.json .*--replace/,
  );
  await expect(trainHeads({ world: judged, episodes })).rejects.toThrow(ConfigError);
  expect(readFileSync(heads, "utf8")).toBe("somebody's heads");
  await trainHeads({ world: judged, episodes, replace: true });
  expect(JSON.parse(readFileSync(heads, "utf8"))).toMatchObject({ format: "genie-env-heads" });
});

test.each([
  ["rewards", '"reward":10', '"reward":0', /--episodes: must hold a reward other than 0/],
  ["ends", '"terminated":true', '"terminated":false', /--episodes: must hold an end/],
])("episodes without %s are refused, and leave no heads", async (_, label, none, reason) => {
  const folder = temporaryFolder();
  const [eventless, unjudged] = [join(folder, "eventless"), join(folder, "unjudged")];
  cpSync(episodes, eventless, { recursive: true });
  let changed = 0;
  for (const name of readdirSync(eventless).filter((file) => file.endsWith(".jsonl"))) {
    const text = readFileSync(join(eventless, name), "utf8");
    writeFileSync(join(eventless, name), text.replaceAll(label, none));
    changed += text.split(label).length - 1;
  }
  expect(changed).toBeGreaterThan(0);
  await saveWorld(unjudged, { name: "unjudged", description: "", genie }, params);
  const refused = trainHeads({ world: unjudged, episodes: eventless });
  await expect(refused).rejects.toThrow(reason);
  await expect(refused).rejects.toThrow(ConfigError);
  expect(readdirSync(unjudged)).not.toContain("heads.json");
});

test("demo dreams a world of the game beside the game, and tells its figures", async () => {
  const played = join(home, "played");
  const recordings = [...(await findRecordings([join(episodes, "x.mp4")], ["x"]))];
  const training = { videos: [], recordings, heldOut: [], steps: {}, minutes: 0, seed: 0 };
  await saveWorld(played, { name: "played", description: "", genie, training }, params);
  const out = join(home, "demo");
  const stdout = await printed(() => demo({ world: played, prompt: "crayon", out, steps: 3, seed: 0 }));
  expect(stdout).toMatch(/Platformer-v0, level 100\d{4}, [^]*true: [^]*latent: [^]*left the game, right the dream/);
  expect(stdout).toContain(`npx genie-env play --world ${played} --prompt crayon `);
  expect(stdout).toMatch(/frames a second \(onnx\); on 16 clips of test levels ΔPSNR at t = 4 -?\d+\.\d\d dB \[/);
  const { width, height, pages } = await sharp(join(out, "demo.gif"), { animated: true }).metadata();
  // The last frame of the prompt and three steps: two pictures of 16 pixels with a gap of one, enlarged four times.
  expect([width, height, pages]).toEqual([33 * 4, 4 * 16 * 4, 4]);
});

test("recordings of test levels, at another rate, or without labels are refused", async () => {
  const levels = join(temporaryFolder(), "test-levels");
  await printed(() => recordInto(levels, [1_000_000, 1_000_009]));
  await expect(trainHeads({ world, episodes: levels, replace: true })).rejects.toThrow(/must be of training levels/);
  await expect(trainHeads({ world, episodes: levels, replace: true })).rejects.toThrow(ConfigError);

  const slow = temporaryFolder();
  await saveWorld(slow, { name: "slow", description: "", genie: { ...genie, fps: 5 } }, params);
  await expect(trainHeads({ world: slow, episodes })).rejects.toThrow(/record at the world's rate/);

  const bare = join(temporaryFolder(), "bare");
  mkdirSync(bare);
  const video = readdirSync(episodes).find((file) => file.endsWith(".mp4")) ?? "";
  copyFileSync(join(episodes, video), join(bare, video));
  await expect(trainHeads({ world, episodes: bare, replace: true })).rejects.toThrow(DataError);
});
