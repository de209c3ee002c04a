import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BehavioralCloning, type Actor, type StepDescriber } from "../../agents/index.ts";
import type { Engine } from "../../compute/engine.ts";
import { Rng } from "../../core/rng.ts";
import { makeVecSync } from "../../env/index.ts";
import "../../games/index.ts";
import { ACTIONS } from "../../games/platformer/game.ts";
import type { Difficulty } from "../../games/platformer/level.ts";
import { TEST_LEVELS } from "../../games/platformer/platformer-env.ts";
import { VIEW } from "../../games/platformer/scene.ts";
import type { MadeBy } from "../machine.ts";
import { randomActor } from "./blind-actors.ts";
import { cellsOf, isSameCell, type BCCell, type BCPlan, type BCResult, type LabelQuality } from "./bc-plan.ts";
import {
  drawLabels,
  expectLabels,
  labelExpert,
  labelQuality,
  namesOf,
  onlyLabelled,
  recordExpert,
  renameActions,
  translate,
  translateByClusters,
} from "./expert-video.ts";
import type { ExpertVideo, LatentExpertVideo } from "./expert-video.ts";
import { MAX_ENVS, playTestLevels } from "./test-levels.ts";

/** What an experiment needs beside its plan. */
export type BCSetup = {
  readonly engine: Engine;
  /** Finds latent actions, where the plan asks for a world. */
  readonly labeler: StepDescriber | null;
  /** Where policies are kept while they learn, so that a run which stopped goes on. */
  readonly folder: string;
  /** Recorded with each result. */
  readonly madeBy: MadeBy;
  readonly signal: AbortSignal;
  /** What is going on. */
  readonly onProgress: (what: string, done: number, total: number) => void;
};

/** What is known so far. */
export type BCFindings = { readonly results: readonly BCResult[]; readonly quality: readonly LabelQuality[] };

/** Updates on labels alone: they are soon known by heart. */
const LABEL_ONLY_STEPS = 300;
const STEPS_BETWEEN_SAVES = 100;

/**
 * Computes what is missing in `known`, cell by cell, and yields all findings after each. Ends early when the signal is
 * raised. Equal plans give equal results on one engine, however often a run was stopped, unless the plan has minutes.
 * @throws ConfigError, before anything is learnt, for more labels than there are steps.
 */
export async function* runBC(plan: BCPlan, known: BCFindings, setup: BCSetup): AsyncGenerator<BCFindings, void> {
  const findings = { results: [...known.results], quality: [...known.quality] };
  const cells = cellsOf(plan);
  for (const difficulty of plan.difficulties) expectLabels(difficulty, plan);
  for (const difficulty of plan.difficulties) {
    const missing = cells.filter(
      (cell) => cell.difficulty === difficulty && !findings.results.some((result) => isSameCell(result, cell)),
    );
    if (missing.length === 0 || setup.signal.aborted) continue;
    const trial = await Trial.prepare(difficulty, plan, setup);
    if (!findings.quality.some((entry) => entry.difficulty === difficulty)) findings.quality.push(trial.quality);
    for (const cell of missing) {
      const result = await trial.run(cell);
      if (result === null) break;
      findings.results.push({ ...result, madeBy: setup.madeBy });
      yield findings;
      setup.onProgress(describe(cell), findings.results.length, cells.length);
    }
    await trial.close();
  }
}

function describe({ difficulty, agent, labels, seed }: BCCell): string {
  return `${difficulty} ${agent}${labels === null ? "" : ` ${labels}`} seed ${seed}`;
}

/** One difficulty: its video, and the policies that learn from it. */
class Trial {
  readonly quality: LabelQuality;
  readonly #plan: BCPlan;
  readonly #setup: BCSetup;
  readonly #truth: ExpertVideo;
  readonly #latent: LatentExpertVideo;
  readonly #numLatentActions: number;
  /** The latent policy that was last asked for: many cells share it. */
  #latentPolicy: { readonly seed: number; readonly agent: BehavioralCloning } | null = null;

  private constructor(
    { plan, setup }: { readonly plan: BCPlan; readonly setup: BCSetup },
    videos: { readonly truth: ExpertVideo; readonly latent: LatentExpertVideo },
    quality: LabelQuality,
  ) {
    this.#plan = plan;
    this.#setup = setup;
    this.#truth = videos.truth;
    this.#latent = videos.latent;
    this.#numLatentActions = setup.labeler?.numActions ?? ACTIONS.length;
    this.quality = quality;
  }

  static async prepare(difficulty: Difficulty, plan: BCPlan, setup: BCSetup): Promise<Trial> {
    const { labeler, onProgress } = setup;
    onProgress(`${difficulty} video`, 0, 1);
    const truth = recordExpert(difficulty, plan);
    const latent =
      plan.labeler.kind === "renamed" || labeler === null
        ? renameActions(truth, plan.labeler.kind === "renamed" ? plan.labeler.noise : 0)
        : await labelExpert(truth, labeler, (done) => onProgress(`${difficulty} latent actions`, done, truth.length));
    return new Trial({ plan, setup }, { truth, latent }, labelQuality(difficulty, truth, latent));
  }

  /** Null when the signal is raised before the cell is done. */
  async run(cell: BCCell): Promise<BCResult | null> {
    const agent = await this.#agentFor(cell);
    if (agent === null) return null;
    const result = await this.#play(cell, agent);
    if (agent instanceof BehavioralCloning && agent !== this.#latentPolicy?.agent) await agent.close();
    return result;
  }

  async close(): Promise<void> {
    await this.#latentPolicy?.agent.close();
    this.#latentPolicy = null;
  }

  async #agentFor(cell: BCCell): Promise<Actor | null> {
    const { seed, labels: count } = cell;
    if (cell.agent === "random") return randomActor(new Rng(seed).split("random", cell.difficulty));
    if (cell.agent === "oracle") return this.#learn({ name: `${cell.difficulty}-oracle`, seed, video: this.#truth });
    const labels = drawLabels(this.#truth, this.#latent, { count: count ?? 0, seed });
    if (cell.agent === "labels only") {
      const video = onlyLabelled(this.#truth, this.#latent, labels);
      const steps = Math.min(this.#plan.steps, LABEL_ONLY_STEPS);
      return this.#learn({ name: `${cell.difficulty}-labels-${count}`, seed, video, steps });
    }
    if (cell.agent === "latent, translation") {
      // More labels seldom change the names; where they do not, it is the same policy, learnt once.
      const names = namesOf(labels, this.#numLatentActions);
      const name = `${cell.difficulty}-translation-${names.join("-")}`;
      return this.#learn({ name, seed, video: translate(this.#latent, names) });
    }
    if (cell.agent === "latent, clusters") {
      const video = translateByClusters(this.#truth, this.#latent, { count: count ?? 0, seed });
      return this.#learn({ name: `${cell.difficulty}-clusters-${count}`, seed, video });
    }
    const agent = await this.#policyOverLatents(cell);
    const kind = cell.agent === "latent, decoder" ? "decoder" : "dictionary";
    await agent?.mapActions(labels, { numActions: ACTIONS.length, kind });
    return agent;
  }

  async #policyOverLatents({ difficulty, seed }: BCCell): Promise<BehavioralCloning | null> {
    if (this.#latentPolicy?.seed === seed) return this.#latentPolicy.agent;
    await this.close();
    const numActions = this.#numLatentActions;
    const agent = await this.#learn({ name: `${difficulty}-latent`, seed, video: this.#latent, numActions });
    if (agent !== null) this.#latentPolicy = { seed, agent };
    return agent;
  }

  /** The policy of this name as far as it is on disk, and learns what is missing. */
  async #learn({ name, seed, video, numActions = ACTIONS.length, steps = this.#plan.steps }: Lesson) {
    const { engine, folder, signal, onProgress } = this.#setup;
    const { policy, minutes } = this.#plan;
    const [path, unfinished] = [join(folder, `${name}-${seed}`), join(folder, `${name}-${seed}-unfinished`)];
    if (existsSync(path)) return BehavioralCloning.load(path, { engine });
    const agent = existsSync(unfinished)
      ? await BehavioralCloning.load(unfinished, { engine })
      : await BehavioralCloning.create({ frameShape: [VIEW, VIEW, 3], numActions }, policy, { engine, seed });
    const limit = minutes === null ? {} : { minutes };
    for await (const { step, loss } of agent.learn(video, { steps, ...limit })) {
      onProgress(`${name}-${seed} loss ${loss.toFixed(3)}`, step, steps);
      if (step % STEPS_BETWEEN_SAVES === 0 || signal.aborted) await agent.save(unfinished);
      if (!signal.aborted) continue;
      await agent.close();
      return null;
    }
    await agent.save(path);
    await rm(unfinished, { recursive: true, force: true });
    return agent;
  }

  async #play(cell: BCCell, agent: Actor): Promise<BCResult> {
    const { episodes, horizon, deterministic } = this.#plan;
    const { difficulty, seed } = cell;
    using envs = makeVecSync("Platformer-v0", {
      numEnvs: Math.min(MAX_ENVS, episodes),
      difficulty,
      levels: [...TEST_LEVELS],
      horizon,
    });
    if (agent instanceof BehavioralCloning) agent.reset({ seed: `${seed}/${cell.agent}/${cell.labels}` });
    return { ...cell, ...(await playTestLevels(agent, envs, { episodes, seed, deterministic })) };
  }
}

type Lesson = {
  readonly name: string;
  readonly seed: number;
  readonly video: ExpertVideo;
  readonly numActions?: number;
  readonly steps?: number;
};
