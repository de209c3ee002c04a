import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { expect, test } from "vitest";
import { Rng } from "../../src/core/rng.ts";
import { readWorld, saveWorld } from "../../src/model/checkpoint.ts";
import { worldPrompts } from "../../src/model/find-world.ts";
import { initGenie, parseGenieConfig, setupGenie } from "../../src/model/genie.ts";
import { PRESETS } from "../../src/model/training/presets.ts";
import { temporaryFolder } from "../data/pictures.ts";
import { videoFolder } from "./genie-env.ts";

const script = fileURLToPath(new URL("../../scripts/bundle-world.ts", import.meta.url));

function bundle(...args: readonly string[]) {
  return spawnSync(process.execPath, ["--import", "tsx", script, ...args], { encoding: "utf8" });
}

/** A run that was trained on `shown`, with files that only training needs. */
async function aRun(folder: string): Promise<string> {
  const genie = parseGenieConfig(PRESETS.tiny.genie);
  const training = { videos: ["shown"], heldOut: ["kept"], steps: { tokenizer: 1 }, minutes: 1, seed: 0 };
  const params = initGenie(setupGenie(genie), new Rng(0));
  await saveWorld(join(folder, "run"), { name: "run", description: "", genie, training }, params);
  writeFileSync(join(folder, "run", "state.json"), "{}");
  return join(folder, "run");
}

test("a bundled world has the run's parameters, prompts of held-out video, and nothing else of the run", async () => {
  const folder = temporaryFolder();
  const run = await aRun(folder);
  const [shown, kept] = ["shown", "kept"].map((name) => join(videoFolder(join(folder, "videos"), name), `${name}.mp4`));
  const world = join(folder, "worlds", "tux");

  const refused = bundle(run, world, "--prompt", `${shown}@1`, "--description", "Ours, CC0");
  expect(refused).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^error: --prompt: must be of a held-out/m),
  });
  const late = bundle(run, world, "--prompt", `${kept}@9`, "--description", "Ours, CC0");
  expect(late).toMatchObject({ status: 2, stderr: expect.stringMatching(/must last 9 s/) });

  const done = bundle(run, world, "--prompt", `${kept}@1`, `${kept}@2`, "--description", "Ours, CC0");
  expect(done).toMatchObject({ status: 0 });
  const { config, params } = await readWorld(world);
  expect(config).toMatchObject({ name: "tux", description: "Ours, CC0", training: { heldOut: ["kept"] } });
  expect(params).toEqual((await readWorld(run)).params);
  expect(worldPrompts(world)).toEqual([join(world, "prompt.png"), join(world, "prompt-2.png")]);
  expect(await sharp(join(world, "prompt.png")).metadata()).toMatchObject({ width: 16, height: 16 });
  expect(readdirSync(world)).toHaveLength(5);
  // Both can be typed as they stand, wherever the world lies.
  expect(done.stdout).toContain(`npm start -- --world ${world}`);
  expect(readFileSync(join(world, "README.md"), "utf8")).toContain(`genie-env info --world ${world}`);
});

test("making a platformer world leaves the bundled one alone, and says how to go on from it", () => {
  const maker = fileURLToPath(new URL("../../scripts/world-platformer.ts", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, ["--import", "tsx", maker, "--help"], { encoding: "utf8" });
  expect(status).toBe(0);
  expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
    /goes on from that: --from worlds\/platformer\. .*--out <dir> world to write \(default: bundle within --runs\)/,
  );
});
