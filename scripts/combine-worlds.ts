import { Command } from "commander";
import { exitStatus } from "../src/cli/report-error.ts";
import { ConfigError } from "../src/core/errors.ts";
import type { HostTensor, HostTensors } from "../src/core/host-tensor.ts";
import { readWorld, saveWorld, type WorldConfig } from "../src/model/checkpoint.ts";
import { findWorld } from "../src/model/find-world.ts";
import { genieParams, setupGenie } from "../src/model/genie.ts";
import { findMismatch } from "../src/nn/params.ts";
import { pickProvenance, withAncestor, type Provenance } from "../src/model/provenance.ts";

/*
 * Makes a world of parts of others, of one config: the latent actions that one run learnt before the dynamics that another did, or the
 * mean of the weights of several runs that began alike (a "model soup", Wortsman et al. 2022):
 *
 *   npm run world:combine -- runs/12 runs/11+12 --actions runs/11
 *   npm run world:combine -- runs/13 runs/bundle --dynamics runs/13,runs/14
 */

const MODELS = ["tokenizer", "actions", "dynamics"] as const;
type Options = Partial<Readonly<Record<(typeof MODELS)[number], string>>>;
type World = { readonly config: WorldConfig; readonly params: HostTensors };

await new Command("combine-worlds")
  .argument("<world>", "the world that gives its config and whatever is not named")
  .argument("<out>", "folder to write")
  .option("--tokenizer <worlds>", "whose, with commas: the mean of their weights")
  .option("--actions <worlds>", "likewise")
  .option("--dynamics <worlds>", "likewise")
  .action(combine)
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = exitStatus(error);
  });

async function combine(base: string, out: string, options: Options): Promise<void> {
  const { config, params } = await readWorld(findWorld(base));
  const combined: Record<string, HostTensor> = { ...params };
  let seen: Provenance | undefined = config.training && pickProvenance(config.training);
  for (const model of MODELS) {
    const names = options[model]?.split(",") ?? [];
    const worlds = await Promise.all(names.map((name) => readPart(name, config)));
    for (const { config: other } of worlds) seen = withAncestor(seen ?? { videos: [] }, other.training);
    if (worlds.length > 0) Object.assign(combined, meanOf(worlds, `${model}.`));
  }
  const { format: _format, version: _version, files: _files, training, ...world } = config;
  if (training === undefined || seen === undefined) await saveWorld(out, world, combined);
  else {
    const { heldOut, steps, minutes, seed } = training;
    await saveWorld(out, { ...world, training: { ...seen, heldOut, steps, minutes, seed } }, combined);
  }
  console.log(`World written to ${out}.`);
}

/** @throws ConfigError for a world whose tensors are not those of the config. */
async function readPart(name: string, { genie }: WorldConfig): Promise<World> {
  const world = await readWorld(findWorld(name));
  const mismatch = findMismatch(genieParams(setupGenie(genie)), world.params);
  if (mismatch !== null)
    throw new ConfigError(`${name}: must have the tensors of the world to combine with: ${mismatch}`);
  return world;
}

/** The mean of each tensor whose name begins with `prefix`. */
function meanOf(worlds: readonly World[], prefix: string): HostTensors {
  const names = Object.keys(worlds[0]?.params ?? {}).filter((name) => name.startsWith(prefix));
  return Object.fromEntries(
    names.flatMap((name): [string, HostTensor][] => {
      const [first, ...others] = worlds.flatMap(({ params }) => params[name] ?? []);
      if (first === undefined || first.dtype !== "float32") return first ? [[name, first]] : [];
      const sum = Float64Array.from(first.data);
      for (const { data } of others) for (const [i, x] of data.entries()) sum[i] = Number(sum[i]) + x;
      return [[name, { ...first, data: Float32Array.from(sum, (x) => x / worlds.length) }]];
    }),
  );
}
