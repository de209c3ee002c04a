import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { CheckpointError, GenieError } from "../../src/core/errors.ts";
import { float32, type HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { readWorld, readWorldConfig, saveWorld } from "../../src/model/checkpoint.ts";
import { temporaryFolder } from "../data/pictures.ts";
import { gap, tinyGenie } from "./tiny-genie.ts";

const { config: genie, params } = tinyGenie();
const about = { name: "tiny", description: "noise", genie };
let folder = "";

beforeEach(() => {
  folder = temporaryFolder();
});

const save = (tensors: HostTensors = params, halfPrecision = false) =>
  saveWorld(folder, about, tensors, { halfPrecision });
const readText = () => readFileSync(join(folder, "world.json"), "utf8");
const writeText = (text: string) => writeFileSync(join(folder, "world.json"), text);

test("a world comes back with every number and its configuration", async () => {
  await save();
  const { config, params: read } = await readWorld(folder);
  expect(read).toEqual(params);
  expect(config).toMatchObject({ ...about, version: 1 });
});

test("half precision keeps three digits, and is what a world has by default", async () => {
  await saveWorld(folder, about, params);
  const { params: read } = await readWorld(folder);
  expect(Object.keys(read).toSorted()).toEqual(Object.keys(params).toSorted());
  const gaps = Object.entries(params).map(([name, { data }]) => gap(read[name]?.data, data));
  expect(Math.max(...gaps)).toBeGreaterThan(0);
  expect(Math.max(...gaps)).toBeLessThan(2e-3);
});

test("saving again replaces the weights, and leaves no old ones behind", async () => {
  await save();
  await save({ ...params, "dynamics.embed.actions": float32(new Float32Array(9 * 16), [9, 16]) });
  expect(readdirSync(folder)).toHaveLength(2);
  const { params: read } = await readWorld(folder);
  expect(read["dynamics.embed.actions"]?.data.every((value) => value === 0)).toBe(true);
});

describe("a damaged world is refused:", () => {
  test.each<readonly [string, (text: string) => string]>([
    ["of another version", (text) => text.replace('"version": 1', '"version": 2')],
    ["of another format", (text) => text.replace("genie-env-world", "world")],
    ["no JSON", (text) => text.slice(0, -3)],
    ["empty", () => ""],
    ["null", () => "null"],
    ["an unknown field", (text) => text.replace("{", '{ "surprise": 1,')],
    ["a frame that cannot be cut into patches", (text) => text.replace('"height": 16', '"height": 17')],
    ["endless blocks", (text) => text.replaceAll('"numBlocks": 2', '"numBlocks": 1e15')],
    ["endless refinement", (text) => text.replace('"steps": 3', '"steps": 1e15')],
    ["no weights", (text) => text.replace("weights.safetensors", "weight.safetensors")],
    ["weights of another folder", (text) => text.replace('"file": "', '"file": "../')],
  ])("%s", async (_name, damage) => {
    await save();
    const text = readText();
    expect(damage(text)).not.toBe(text);
    writeText(damage(text));
    await expect(readWorld(folder)).rejects.toThrow(CheckpointError);
  });

  test("missing", async () => {
    await expect(readWorld(folder)).rejects.toThrow(CheckpointError);
    await expect(readWorldConfig(join(folder, "nowhere"))).rejects.toThrow(/world.json: must be a readable file/);
  });

  test("truncated or changed weights", async () => {
    await save();
    const weights = join(folder, readdirSync(folder).find((file) => file.endsWith(".safetensors")) ?? "");
    const bytes = readFileSync(weights);
    writeFileSync(
      weights,
      bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)),
    );
    await expect(readWorld(folder)).rejects.toThrow(CheckpointError);
    truncateSync(weights, bytes.length / 2);
    await expect(readWorld(folder)).rejects.toThrow(CheckpointError);
  });

  test("a tensor that is missing, has another shape, or belongs to nothing", async () => {
    const { "dynamics.embed.actions": _actions, ...missing } = params;
    const wrong = { ...params, "dynamics.embed.actions": float32(new Float32Array(16 * 9), [16, 9]) };
    const extra = { ...params, "dynamics.more": float32(new Float32Array(1), [1]) };
    for (const [tensors, message] of [
      [missing, /dynamics.embed.actions must be float32\[9,16\], got nothing/],
      [wrong, /dynamics.embed.actions must be float32\[9,16\], got float32\[16,9\]/],
      [extra, /dynamics.more must belong/],
    ] as const) {
      await save(tensors);
      await expect(readWorld(folder)).rejects.toThrow(CheckpointError);
      await expect(readWorld(folder)).rejects.toThrow(message);
    }
  });
});

test("a mutated world.json is read as a world or refused as a checkpoint, and nothing else", async () => {
  await save();
  const text = readText();
  const rng = new Rng("mutate");
  const pieces = ["0", "9", "-", "e9", '"', "{", "}", "[", "]", ",", "null", "true", "\\u0000", "space", "1e308", " "];
  let refused = 0;
  for (let i = 0; i < 400; i++) {
    const at = rng.integer(text.length);
    const removed = rng.integer(4);
    writeText(text.slice(0, at) + (pieces[rng.integer(pieces.length)] ?? "") + text.slice(at + removed));
    const error = await readWorld(folder).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error === null) continue;
    refused += 1;
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error instanceof GenieError && error.message).toContain(folder);
  }
  expect(refused).toBeGreaterThan(200);
});
