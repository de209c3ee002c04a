import { Argument, Command, Option } from "commander";
import { DIFFICULTIES } from "../games/platformer/level.ts";
import { PLAYERS } from "../games/platformer/players.ts";
import { ABLATION_NAMES, type AblationName } from "./ablations.ts";
import type { AblateCommand } from "./ablate.ts";
import type { ActionsOptions } from "./actions.ts";
import type { BenchmarkCommand } from "./benchmark.ts";
import type { CheckCommand } from "./check.ts";
import type { DemoOptions } from "./demo.ts";
import type { EvaluateCommand } from "./evaluate.ts";
import type { InfoOptions } from "./info.ts";
import { engineOption, GAMES, precisionOption, WORLD } from "./common-options.ts";
import { integer, number, range, pixelScale } from "./options.ts";
import type { PlayOptions } from "./play.ts";
import type { ProfileOptions } from "./profile.ts";
import type { RecordOptions } from "./record.ts";
import { addReproduce } from "./reproduce/commands.ts";
import type { ScaleCommand } from "./scale.ts";
import type { ServeCommand } from "./serve.ts";
import type { SpeedOptions } from "./speed.ts";
import type { TrainCommand } from "./train.ts";
import type { TrainHeadsCommand } from "./train-heads.ts";

const PROMPT =
  "image to start from: a file, or a name of worlds/prompts (default: the first in the world's folder); with --prompt-hook, any text";
const PROMPT_HOOK =
  "command that reads the text of --prompt on standard input and writes a PNG, JPEG or WebP on standard output";
const THREADS =
  "threads that one run of the engine onnx uses, and each worker of a batch (default: one per core, and one)";

/**
 * The command line: the one place that says what options there are. A command's code is imported when it runs, so
 * `--help` loads no tensor library.
 */
export function createProgram(version: string): Command {
  const program = new Command("genie-env")
    .description("Turns plain video into worlds that agents act in.")
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll("\n", " ")}\n`) });
  for (const addCommand of [
    addDemo,
    addTrain,
    addTrainHeads,
    addEval,
    addPlay,
    addActions,
    addInfo,
    addSpeed,
    addProfile,
    addCheck,
    addServe,
    addRecord,
    addAblate,
    addScale,
    addReproduce,
    addBenchmark,
  ])
    addCommand(program, version);
  return program;
}

function addDemo(program: Command): void {
  program
    .command("demo")
    .description("play a bundled world for a minute: try its actions, see it dream beside the real game")
    .option("--world <name>", `${WORLD} (default: platformer, where it is bundled)`)
    .option("--prompt <image>", "image to start from (default: the one in the world's folder)")
    .option("--out <dir>", "folder of what the demo writes", "genie-demo")
    .option("--steps <n>", "steps to play", integer("steps", 1), 60)
    .option("--seed <n>", "seed of everything random", integer("seed"), 0)
    .addOption(engineOption())
    .action(async (options: DemoOptions) => (await import("./demo.ts")).demo(options));
}

function addTrain(program: Command): void {
  program
    .command("train")
    .description("learn a world from a folder of videos, or from a game that is played in memory")
    .option("--videos <dir>", "folder of video files")
    .option("--play <file>", "instead of --videos: a JSON list of recordings to play again, as recording.json has them")
    .requiredOption("--out <dir>", "folder of the run and its world")
    .option("--preset <name>", "sizes of the model and of its training (default: small)")
    .option("--size <width>x<height>", "size of a frame in pixels")
    .option("--fps <n>", "frames a second that the world runs at")
    .option("--steps <n>", "training steps of each part")
    .option("--minutes <n>", "train for this time, by whose clock the learning rate falls")
    .option("--seed <n>", "seed of everything random (default: 0)")
    .option(
      "--resume",
      "continue the run in --out with the options it began with; --steps or --minutes may lengthen it; exact for runs by steps",
    )
    .option("--hold-out <videos>", "videos kept out of training, for eval: how many, or their names with commas")
    .option("--set <path=json...>", "single settings of the preset, as genie.dynamics.actions=add")
    .option("--from <world>", "world to start from: its tensors that fit this config, the others fresh")
    .option("--name <name>", "name of the world (default: the name of --out)")
    .addOption(engineOption())
    .action(async (options: TrainCommand) => (await import("./train.ts")).train(options));
}

function addTrainHeads(program: Command): void {
  program
    .command("train-heads")
    .description("train reward and end heads beside a world, on labelled episodes; the world itself sees no label")
    .requiredOption("--world <name>", WORLD)
    .requiredOption("--episodes <dir>", "recordings with their rewards and ends beside them (genie-env record)")
    .option("--replace", "write over the heads that the world has")
    .option("--steps <n>", "training steps (default: 2000)", integer("steps", 1))
    .option("--seed <n>", "seed of everything random", integer("seed"), 0)
    .option("--set <path=json...>", "single settings, as heads.batchSize=64")
    .addOption(engineOption())
    .action(async (options: TrainHeadsCommand) => (await import("./train-heads.ts")).trainHeadsOf(options));
}

function addEval(program: Command): void {
  program
    .command("eval")
    .description("measure a world on videos that it was not trained on")
    .requiredOption("--world <name>", WORLD)
    .requiredOption("--videos <dir>", "folder of video files")
    .option("--only <videos>", "names of the videos to measure on, with commas")
    .option("--set <path=json...>", "sampling other than the world's own, as sampling.temperature=0.5")
    .option("--clips <n>", "clips of 14 frames to measure on (default: 64)")
    .option("--rollouts <n>", "100-frame roll-outs, to see whether the world falls apart; 0 for none (default: 16)")
    .option("--fvd-network <file>", "ONNX file of I3D, or of another network, to measure FVD over (docs/evaluation.md)")
    .option("--seed <n>", "seed of everything random", "0")
    .option("--json", "print the measurements as JSON")
    .addOption(engineOption())
    .addOption(precisionOption())
    .action(async (options: EvaluateCommand) => (await import("./evaluate.ts")).evaluate(options));
}

function addAblate(program: Command): void {
  program
    .command("ablate")
    .description("train the variants of one of the paper's ablations with equal budgets, and compare them")
    .addArgument(new Argument("<what>", "what varies").choices(ABLATION_NAMES))
    .requiredOption("--videos <dir>", "folder of video files")
    .requiredOption("--out <dir>", "folder of the variants; the same command goes on with what is in it")
    .option("--preset <name>", "sizes of the models and of their training", "ablation")
    .option("--size <width>x<height>", "size of a frame in pixels")
    .option("--fps <n>", "frames a second that the worlds run at")
    .option("--steps <n>", "training steps of each part")
    .option("--minutes <n>", "train each variant for this time instead")
    .option("--hold-out <videos>", "videos kept out of training: how many, or their names with commas")
    .option("--test-videos <dir>", "videos to measure on, never trained on (default: those held out)")
    .option("--set <path=json...>", "single settings of the preset, for all variants")
    .option("--clips <n>", "clips of 14 frames to measure on", integer("clips", 1), 64)
    .option("--rollouts <n>", "100-frame roll-outs to measure on", integer("rollouts"), 16)
    .option("--fvd-network <file>", "ONNX file of I3D, to measure FVD over (docs/evaluation.md)")
    .option("--seed <n>", "seed of everything random")
    .option("--only <variant>", "train and measure this variant alone, and print no table")
    .option("--json", "print the results as JSON")
    .addOption(engineOption())
    .action(async (what: AblationName, options: AblateCommand) => (await import("./ablate.ts")).ablate(what, options));
}

function addScale(program: Command): void {
  program
    .command("scale")
    .description("train dynamics models of rising size and batch size on equally many tokens, and plot their loss")
    .requiredOption("--world <name>", `${WORLD}, whose tokenizer and latent actions all share`)
    .requiredOption("--videos <dir>", "folder of video files")
    .requiredOption("--out <dir>", "folder of the runs; the same command goes on with what is in it")
    .option("--sizes <list>", "BLOCKSxWIDTHxHEADS with commas", "1x32x2,2x64x4,3x96x4,4x128x4,6x192x6")
    .option("--batches <list>", "clips a step, with commas; the middle one trains the sizes", "2,4,8")
    .option("--tokens <n>", "tokens that each run sees", integer("tokens", 1), 4_000_000)
    .option("--seed <n>", "seed of everything random", integer("seed"), 0)
    .option("--json", "print the results as JSON")
    .addOption(engineOption())
    .action(async (options: ScaleCommand) => (await import("./scale.ts")).scale(options));
}

function addPlay(program: Command): void {
  program
    .command("play")
    .description("play a world or a game: into an animation, or live in the terminal")
    .option("--world <name>", WORLD)
    .addOption(new Option("--env <id>", "game to play instead of a world").choices(GAMES))
    .addOption(new Option("--difficulty <name>", "how hard the game is (default: easy)").choices(DIFFICULTIES))
    .option("--prompt <image>", PROMPT)
    .option("--prompt-hook <command>", PROMPT_HOOK)
    .option("--actions <list>", "latent actions: numbers or names, as right*8,jump; or random", "random")
    .option("--out <file>", "animation to write: .gif, .webp or .mp4; without it, play live in the terminal")
    .option("--steps <n>", "steps to play; the actions are repeated or cut to fit", integer("steps", 1))
    .option("--seed <n>", "seed of everything random", integer("seed"), 0)
    .option("--scale <n>", "width and height of a pixel in the animation", pixelScale, 4)
    .addOption(engineOption())
    .action(async (options: PlayOptions) => (await import("./play.ts")).play(options));
}

function addActions(program: Command): void {
  program
    .command("actions")
    .description("draw what each latent action does, a row each, from one prompt")
    .requiredOption("--world <name>", WORLD)
    .option("--prompt <image>", PROMPT)
    .option("--prompt-hook <command>", PROMPT_HOOK)
    .option("--out <file>", "sheet to write, a PNG", "actions.png")
    .option("--steps <n>", "steps that each action is held", integer("steps", 1), 8)
    .option("--seed <n>", "seed of everything random", integer("seed"), 0)
    .option("--scale <n>", "width and height of a pixel in the image", pixelScale, 2)
    .addOption(engineOption())
    .action(async (options: ActionsOptions) => (await import("./actions.ts")).actions(options));
}

function addInfo(program: Command): void {
  program
    .command("info")
    .description("print what a world is: sizes, actions, training, memory")
    .requiredOption("--world <name>", WORLD)
    .option("--num-envs <n>", "environments whose memory is estimated", "1")
    .action(async (options: InfoOptions) => (await import("./info.ts")).info(options));
}

function addSpeed(program: Command): void {
  program
    .command("speed")
    .description("measure the engines that are installed here")
    .option("--fast", "with all that trades quality for speed: --precision int8, and half as many refinement steps")
    .option("--set <path=json...>", "sampling other than the default, as sampling.steps=4")
    .option("--json", "print the measurements as JSON")
    .addOption(engineOption())
    .addOption(precisionOption())
    .option("--threads <n>", THREADS, integer("threads", 1))
    .action(async (options: SpeedOptions) => (await import("./speed.ts")).speed(options));
}

function addProfile(program: Command): void {
  program
    .command("profile")
    .description("measure where the time of one step goes, by graphs and operators (engine onnx)")
    .option("--world <name>", `${WORLD} (default: the shape that speed measures)`)
    .option("--num-envs <n>", "environments side by side", integer("num-envs", 1), 1)
    .option("--steps <n>", "steps to measure", integer("steps", 1), 10)
    .addOption(precisionOption())
    .option("--threads <n>", THREADS, integer("threads", 1))
    .option("--json", "print the measurements as JSON")
    .action(async (options: ProfileOptions) => (await import("./profile.ts")).profile(options));
}

function addCheck(program: Command): void {
  program
    .command("check")
    .description("test an environment against Gymnasium's contract; fails when it breaks it")
    .argument("<env>", "a registered id, or a module (env.ts, or env.ts#export) that makes the environment")
    .option("--steps <n>", "steps of each rollout", integer("steps", 1), 50)
    .option("--seed <n>", "seed of the environment and of the actions", integer("seed"), 123)
    .option("--json", "print the findings as JSON")
    .action(async (env: string, options: CheckCommand) => (await import("./check.ts")).check(env, options));
}

function addRecord(program: Command): void {
  program
    .command("record")
    .description("play a game and write videos of it, with the true actions, rewards and ends beside them")
    .addOption(new Option("--env <id>", "game to play").choices(GAMES).default("Platformer-v0"))
    .addOption(new Option("--player <name>", "who plays").choices(PLAYERS).default("mixed"))
    .requiredOption("--frames <n>", "frames to write, of all videos together", integer("frames", 1))
    .option(
      "--levels <range>",
      "levels to play, FIRST..LAST; those from 1000000 on are for tests",
      range("levels"),
      [0, 9999],
    )
    .addOption(new Option("--difficulty <name>", "how hard the levels are").choices(DIFFICULTIES).default("easy"))
    .option("--seed <n>", "seed of everything random", integer("seed"), 0)
    .requiredOption("--out <dir>", "new or empty folder of the videos")
    .action(async (options: RecordOptions) => (await import("./record.ts")).record(options));
}

function addServe(program: Command): void {
  program
    .command("serve")
    .description("serve environments to other processes, such as the Python package in python/")
    .option("--host <address>", "address to listen on; beyond this machine a token is needed", "127.0.0.1")
    .option("--port <n>", "port to listen on; 0 for any that is free", integer("port"), 0)
    .option("--token <text>", "what clients have to know (default: the variable GENIE_ENV_TOKEN)")
    .option(
      "--max-envs <n>",
      "environments of all clients together, rows of batches counted",
      integer("max-envs", 1),
      1024,
    )
    .option("--attached", "stop when standard input ends, with the process that started this one")
    .action(async (options: ServeCommand) => (await import("./serve.ts")).serve(options));
}

function addBenchmark(program: Command, version: string): void {
  program
    .command("benchmark")
    .description("let agents learn and play in worlds, and compare them with intervals, in one report")
    .requiredOption(
      "--agents <list>",
      "with commas: ppo, bc, constant, bc:FOLDER, ppo:FOLDER, or modules such as ./my-agent.ts (#export)",
    )
    .requiredOption("--worlds <list>", "with commas: worlds, their folders or ids; WORLD:LEVEL for one level only")
    .option("--seeds <n>", "runs of each agent on each task", integer("seeds", 1), 5)
    .option("--steps <n>", "steps to learn from, of all environments together", integer("steps", 1), 100_000)
    .option("--episodes <n>", "episodes of each evaluation", integer("episodes", 1), 20)
    .option("--horizon <n>", "steps of an episode in a learnt world", integer("horizon", 1), 100)
    .option("--stochastic", "let the evaluation draw actions instead of playing the likeliest")
    .option("--goal <image>", "in learnt worlds: an image to come close to; reachable for one that each start leads to")
    .option("--reward <module>", "in learnt worlds: a module that exports a reward model")
    .option("--demonstrations <dir>", "in learnt worlds: videos that bc learns from, by the world's own latent actions")
    .option("--workers <n>", "runs side by side", integer("workers", 1), 1)
    .option(
      "--run-minutes <n>",
      "end a run that takes longer, which has failed then (default: none)",
      number("run-minutes"),
    )
    .option("--resume", "go on with the benchmark in --out; there may be more seeds, agents and worlds")
    .option("--resamples <n>", "bootstrap resamples of an interval", integer("resamples", 1), 2000)
    .option("--json", "print what the runs came to as JSON")
    .requiredOption("--out <dir>", "new or empty folder of the results and the report")
    .addOption(engineOption())
    .action(async (options: BenchmarkCommand) => (await import("./benchmark.ts")).benchmark(options, version));
  program
    .command("benchmark-run", { hidden: true })
    .description("do one run of a benchmark; benchmark starts it in a process of its own")
    .argument("<dir>", "the run's folder, with its run.json")
    .option("--attached", "end when standard input does, with the process that started this one")
    .action(async (folder: string, options: { readonly attached?: boolean }) =>
      (await import("./benchmark/run.ts")).benchmarkRun(folder, options),
    );
}
