import { Option, type Command } from "commander";
import { DIFFICULTIES } from "../../games/platformer/level.ts";
import { engineOption, GAMES, WORLD } from "../common-options.ts";
import { integer, integers, number, share, someOf } from "../options.ts";
import type { ReproduceBCOptions } from "./bc.ts";
import type { ReproduceDreamOptions } from "./dream.ts";
import { MAPS } from "./maps.ts";

/** `genie-env reproduce`. A command's code is imported when it runs. */
export function addReproduce(program: Command): void {
  const reproduce = program.command("reproduce").description("repeat an experiment of the paper");
  addReproduceBC(reproduce);
  addReproduceDream(reproduce);
}

function addReproduceBC(reproduce: Command): void {
  reproduce
    .command("bc")
    .description(
      "clone an expert from unlabelled video (figure 15), against its oracle, a random agent and labels alone",
    )
    .addOption(new Option("--env <id>", "game").choices(GAMES).default("Platformer-v0"))
    .option("--world <name>", `${WORLD}: its latent action model labels the video`, "platformer")
    .addOption(
      new Option("--renamed <noise>", "in place of a world: the true actions renamed, this share of them wrong")
        .argParser(share("renamed"))
        .conflicts("world"),
    )
    .option("--difficulties <names>", "with commas", someOf("difficulties", DIFFICULTIES), [...DIFFICULTIES])
    .option("--labels <counts>", "labelled steps, with commas", integers("labels", 1), [10, 50, 100, 200, 500, 1000])
    .option("--maps <names>", `from latent to real actions, of ${MAPS.join(", ")}`, someOf("maps", MAPS), [
      "dictionary",
      "clusters",
    ])
    .option("--episodes <n>", "test levels for each agent and seed", integer("episodes", 1), 100)
    .option("--seeds <n>", "seeds 0..n-1 of everything but the video", integer("seeds", 1), 5)
    .option("--frames <n>", "frames of expert video for each difficulty", integer("frames", 2), 25_000)
    .option("--disturbance <share>", "share of the expert's steps at which it stumbles", share("disturbance"), 0.03)
    .option("--steps <n>", "updates of each policy", integer("steps", 1), 4000)
    .option("--minutes <n>", "stop each policy after this time, if it is still learning", number("minutes"))
    .option("--horizon <n>", "steps after which a level counts as not solved", integer("horizon", 1), 500)
    .option("--deterministic", "act by the likeliest action instead of drawing")
    .option("--set <path=json...>", "settings of the policy, as policy.numBlocks=3")
    .requiredOption("--out <dir>", "folder of the results; new or empty unless --resume")
    .option("--resume", "go on with the run in --out, with more seeds, labels, maps or difficulties if you like")
    .option("--json", "print the summary as JSON instead of a table")
    .addOption(engineOption())
    .action(async (options: ReproduceBCOptions) => (await import("./bc.ts")).reproduceBC(options));
}

function addReproduceDream(reproduce: Command): void {
  reproduce
    .command("dream")
    .description(
      "PPO inside a world with reward heads, put to the test in the real game, against clones and who learns nothing",
    )
    .option("--world <name>", `${WORLD}, with heads of Platformer-v0`, "platformer")
    .addOption(new Option("--difficulty <name>", "of the game").choices(DIFFICULTIES).default("easy"))
    .option("--frames <n>", "frames of expert video, to imitate and to begin dreams with", integer("frames", 2), 20_000)
    .option("--labels <n>", "steps of the expert whose true action is known, one a cluster", integer("labels", 2), 500)
    .option("--memory <n>", "last frames that an agent sees", integer("memory", 1), 4)
    .option("--death-penalty <n>", "what an end without reward costs in the dream", number("death-penalty"), 0)
    .option("--starts <n>", "places of the video that dreams begin at", integer("starts", 1), 512)
    .option("--num-envs <n>", "dreams side by side", integer("num-envs", 1), 32)
    .option("--horizon <n>", "steps of a dream", integer("horizon", 1), 32)
    .option(
      "--dream-steps <n>",
      "steps of PPO in the dream, all environments together",
      integer("dream-steps", 1),
      32_768,
    )
    .option("--imitation-steps <n>", "updates of cloning", integer("imitation-steps", 1), 1500)
    .option("--episodes <n>", "real levels for each agent and seed", integer("episodes", 1), 100)
    .addOption(
      new Option("--judged-on <levels>", "which: test levels, or others to choose settings on")
        .choices(["test", "validation"])
        .default("test"),
    )
    .option(
      "--real-horizon <n>",
      "steps after which a real level counts as not solved",
      integer("real-horizon", 1),
      500,
    )
    .option("--seeds <n>", "seeds 0..n-1 of everything but the video", integer("seeds", 1), 3)
    .option(
      "--set <path=json...>",
      "settings of PPO from nothing, as ppo.gamma=0.99, and from a clone, as tuning.gamma",
    )
    .requiredOption("--out <dir>", "folder of the results; new or empty unless --resume")
    .option("--resume", "go on with the run in --out, with more seeds if you like")
    .option("--json", "print the summary as JSON instead of a table")
    .addOption(engineOption())
    .action(async (options: ReproduceDreamOptions) => (await import("./dream.ts")).reproduceDream(options));
}
