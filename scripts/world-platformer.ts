import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { z } from "zod";
import { integer, number } from "../src/cli/options.ts";
import { exitStatus } from "../src/cli/report-error.ts";
import { ConfigError } from "../src/core/errors.ts";
import { findWorld } from "../src/model/find-world.ts";
import { PRESETS } from "../src/model/training/presets.ts";

/*
 * Makes a world as worlds/platformer, from nothing but this package: npm run world:platformer
 *
 * 1. records 160,000 frames of Platformer-v0, easy and hard, levels 0 to 9,999: three quarters of a mixed player, who comes
 *    far, and one of a random one, who presses every key;
 * 2. trains the preset `platformer` on these videos alone: the tokenizer and the latent actions first, then the dynamics behind
 *    the actions that were found;
 * 3. trains reward and end heads on the same recordings with their labels, beside the world, which never sees one;
 * 4. names the latent actions after what they do on the recordings that were kept out of training;
 * 5. writes the world, its heads and three prompts into --out, of levels that are neither for training nor for tests: agents that
 *    learn in the world begin there. By default that is runs/platformer/bundle: the bundled world stays as it is.
 *
 * Every step that is done is kept in --runs: control-C, and the same command goes on. `--from worlds/platformer` begins a
 * run with what the bundled world knows.
 */

const COST =
  "On two cores: 5 minutes of recording, --minutes of training (the more, the better), 10 minutes of heads; 3 GB of disk.";

const bin = fileURLToPath(new URL("../bin/genie-env.mjs", import.meta.url));
const bundler = fileURLToPath(new URL("./bundle-world.ts", import.meta.url));

type Options = {
  readonly minutes: number;
  readonly frames: number;
  readonly headSteps: number;
  readonly from?: string;
  readonly runs: string;
  readonly out?: string;
  readonly preset: string;
  readonly holdOut: number;
};

const options = readOrEnd();

/** Ends the process with one line and status 2 where an option breaks a rule: an hour later it would be dear. */
function readOrEnd(): Options {
  try {
    return readOptions();
  } catch (error) {
    return process.exit(exitStatus(error));
  }
}

function readOptions(): Options {
  const presets = new Option("--preset <name>", "sizes of the model and its training").choices(Object.keys(PRESETS));
  const command = new Command("world-platformer")
    .description(
      `Makes a platformer world like the bundled one, or goes on from that: --from worlds/platformer. ${COST}`,
    )
    .option("--minutes <n>", "minutes of training, of all sittings together", number("minutes"), 300)
    .option("--frames <n>", "frames of the mixed player to record of each difficulty", integer("frames", 1), 60_000)
    .option("--head-steps <n>", "training steps of the heads", integer("head-steps", 1), 4000)
    .option("--from <world>", "world to begin with, such as worlds/platformer")
    .option("--runs <dir>", "folder of recordings and of the run", join("runs", "platformer"))
    .option("--out <dir>", "world to write (default: bundle within --runs)")
    .addOption(presets.default("platformer"))
    .option("--hold-out <n>", "recorded videos kept out of training", integer("hold-out"), 24)
    .exitOverride();
  const given = command.parse().opts<Options>();
  if (given.minutes === 0) throw new ConfigError("--minutes: must be more than 0, got 0 - give hours, if you can");
  if (given.from !== undefined) findWorld(given.from);
  return given;
}

const clips = join(options.runs, "clips");
const parts = join(options.runs, "parts");
const run = join(options.runs, "world");
const out = options.out ?? join(options.runs, "bundle");
const others = join(options.runs, "prompt-clips");
const SEED = "11";
/** Of the minutes, what the tokenizer and the latent actions get; of these, the tokenizer's. */
const PARTS_SHARE = 0.4;
const TOKENIZER_SHARE = 0.75;

/** What is wanted of `genie-env eval --json`. */
const Report = z.looseObject({
  actions: z.looseObject({ effectMap: z.array(z.string().nullable()).nullish() }),
});

console.log(COST);
for (const difficulty of ["easy", "hard"]) {
  const { frames } = options;
  const how = ["--difficulty", difficulty];
  record(join(clips, difficulty), "mixed", ["--frames", `${frames}`, ...how]);
  record(join(clips, `random-${difficulty}`), "random", ["--frames", `${Math.ceil(frames / 3)}`, ...how]);
}
record(others, "mixed", ["--frames", "2000", "--levels", "10000..10999"]);
trainWorld();
// A world that is trained on with another tokenizer loses its heads.
if (!existsSync(join(run, "heads.json"))) {
  genie("train-heads", "--world", run, "--episodes", clips, "--steps", `${options.headSteps}`, "--seed", SEED);
}
bundle();

/** Recordings are made under another name, so that one that was cut short is not taken for a whole one. */
function record(folder: string, player: "mixed" | "random", how: readonly string[]): void {
  if (existsSync(folder)) return;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  genie("record", "--player", player, "--seed", SEED, ...how, "--out", part);
  renameSync(part, folder);
}

function trainWorld(): void {
  const from = options.from === undefined ? [] : ["--from", options.from];
  const alone = ["training.dynamics.learns=actions", "training.dynamics.batchSize=8"];
  train(parts, PARTS_SHARE, [...from, "--set", `training.tokenizerShare=${TOKENIZER_SHARE}`, ...alone]);
  const behind = ["training.tokenizerShare=0", "training.dynamics.learns=dynamics"];
  train(run, 1 - PARTS_SHARE, ["--from", parts, "--set", ...behind]);
}

/** Trains for a share of the minutes, or goes on where that was stopped. */
function train(folder: string, share: number, how: readonly string[]): void {
  const minutes = ["--minutes", `${options.minutes * share}`];
  const { preset, holdOut } = options;
  const fresh = [
    "--preset",
    preset,
    "--size",
    "64x64",
    "--fps",
    "15",
    "--hold-out",
    `${holdOut}`,
    "--seed",
    SEED,
    ...how,
  ];
  const isBegun = existsSync(join(folder, "state", "run.json"));
  const place = ["--videos", clips, "--out", folder, "--name", "platformer"];
  genie("train", ...place, ...minutes, ...(isBegun ? ["--resume"] : fresh));
  if (existsSync(join(folder, "world.json"))) return;
  console.log("Stopped before the world was done: run the same command again to go on.");
  process.exit(0);
}

/**
 * What each latent action stands for, by evaluation on the videos that were kept out of training: names with commas, or none
 * where it cannot be told.
 */
function actionNames(): readonly string[] {
  const { status, stdout } = spawnSync(
    process.execPath,
    [bin, "eval", "--world", run, "--videos", clips, "--clips", "16", "--rollouts", "0", "--seed", SEED, "--json"],
    { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" },
  );
  if (status !== 0) process.exit(status ?? 1);
  const map = Report.parse(JSON.parse(stdout)).actions.effectMap;
  return map?.map((name, latent) => nameOnce(name ?? `${latent}`, map.slice(0, latent))) ?? [];
}

/** Several latent actions may stand for one true action: the second `right` is `right-2`. */
function nameOnce(name: string, before: readonly (string | null)[]): string {
  const count = before.filter((other) => other === name).length;
  return count === 0 ? name : `${name}-${count + 1}`;
}

function bundle(): void {
  const videos = readdirSync(others).filter((name) => name.endsWith(".mp4"));
  // Where a level begins the hero stands, and from there one frame tells all: in a jump it does not say how fast he is.
  const prompts = videos.slice(0, 3).map((name) => `${join(others, name)}@0`);
  const description =
    "Learnt from video of Platformer-v0 of this package, a mixed and a random player on levels 0 to 9,999, easy and hard. MIT like the rest.";
  const names = actionNames();
  const actions = names.length === 0 ? [] : ["--actions", names.join(",")];
  node("--import", "tsx", bundler, run, out, "--prompt", ...prompts, "--description", description, ...actions);
}

function genie(...args: readonly string[]): void {
  node(bin, ...args);
}

function node(...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
