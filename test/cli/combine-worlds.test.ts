import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Rng } from "../../src/core/rng.ts";
import { readWorld, saveWorld } from "../../src/model/checkpoint.ts";
import { genieParams, setupGenie } from "../../src/model/genie.ts";
import { initParams } from "../../src/nn/params.ts";
import { temporaryFolder } from "../data/pictures.ts";
import { tinyGenie } from "../model/tiny-genie.ts";

const script = fileURLToPath(new URL("../../scripts/combine-worlds.ts", import.meta.url));
const combine = (...args: string[]) =>
  spawnSync(process.execPath, ["--import", "tsx", script, ...args], { encoding: "utf8" });

async function worldFrom(seed: number, config = tinyGenie().config): Promise<string> {
  const folder = temporaryFolder();
  const training = { videos: [`video-${seed}`], heldOut: [], steps: {}, minutes: 1, seed };
  const params = initParams(genieParams(setupGenie(config)), new Rng(seed));
  await saveWorld(folder, { name: "toy", description: "", genie: config, training }, params);
  return folder;
}

test("a world of parts: what is named comes from there, several are averaged, and all their videos are remembered", async () => {
  const [one, two, three] = await Promise.all([worldFrom(1), worldFrom(2), worldFrom(3)]);
  const out = temporaryFolder();
  expect(combine(one, out, "--actions", two, "--dynamics", `${one},${three}`).stderr).toBe("");
  const [base, actions, other, made] = await Promise.all([one, two, three, out].map((folder) => readWorld(folder)));
  for (const [name, tensor] of Object.entries(made?.params ?? {})) {
    if (name.startsWith("tokenizer.")) expect(tensor).toEqual(base?.params[name]);
    else if (name.startsWith("actions.")) expect(tensor).toEqual(actions?.params[name]);
    else if (tensor.dtype === "float32") {
      const [a, b] = [base?.params[name]?.data ?? [], other?.params[name]?.data ?? []];
      // Weights have half precision on disk.
      for (const [i, x] of tensor.data.entries()) expect(x).toBeCloseTo((Number(a[i]) + Number(b[i])) / 2, 2);
    }
  }
  expect(made?.config.training?.videos.toSorted()).toEqual(["video-1", "video-2", "video-3"]);
});

test("a world of another size is refused", async () => {
  const other = await worldFrom(2, tinyGenie({ height: 64, width: 64 }).config);
  const { status, stderr } = combine(await worldFrom(1), temporaryFolder(), "--dynamics", other);
  expect(status).toBe(2);
  expect(stderr).toMatch(/must have the tensors of the world to combine with/);
});
