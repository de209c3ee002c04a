import { existsSync } from "node:fs";
import { join } from "node:path";
import { PPO, type Actor, type PPOOptions, type ShownSteps } from "../../agents/index.ts";
import type { Engine } from "../../compute/engine.ts";
import { sliceFrames, type Frames } from "../../core/frames.ts";
import { Rng } from "../../core/rng.ts";
import {
  type AnyVectorEnv,
  Discrete,
  GenieEnv,
  type GenieVectorInfo,
  makeVecSync,
  VectorFrameStackObservation,
  VectorTransformAction,
  worldHeads,
} from "../../env/index.ts";
import type { ExpertEpisode } from "../../games/platformer/episodes.ts";
import "../../games/index.ts";
import { PlatformerEnv, TEST_LEVELS, VALIDATION_LEVELS } from "../../games/platformer/platformer-env.ts";
import type { GenieWorld } from "../../model/genie-world.ts";
import type { MadeBy } from "../machine.ts";
import { randomActor, runAndJumpActor } from "./blind-actors.ts";
import { DREAMERS, type DreamerName, type DreamPlan, type DreamResult } from "./dream-plan.ts";
import { labelExpert, translateByClusters, watchExpert, type LatentExpertVideo } from "./expert-video.ts";
import { KnownKeys } from "./known-keys.ts";
import { MAX_ENVS, playTestLevels } from "./test-levels.ts";

/** What an experiment needs beside its plan. */
export type DreamSetup = {
  readonly world: GenieWorld;
  readonly engine: Engine;
  /** Where clones are kept: the one that learns on in the dream need not be cloned again. */
  readonly folder: string;
  /** Recorded with each result. */
  readonly madeBy: MadeBy;
  readonly signal: AbortSignal;
  /** What is going on. */
  readonly onProgress: (what: string, done: number, total: number) => void;
};

/** An episode of the expert with what the world made of it, and the keys that its steps are called. */
type Labelled = ExpertEpisode & { readonly latents: ArrayLike<number>; readonly names: ArrayLike<number> };
/** The expert's video with the true actions, and with what the world finds in their place. */
type Watched = { readonly truth: readonly ExpertEpisode[]; readonly latent: LatentExpertVideo };
/** Where a dream begins: frame `at` of an episode. */
type Start = { readonly episode: Labelled; readonly at: number };

/** Frames that a dream begins with: a world cannot tell from one which way things move. */
const CONTEXT = 4;
/** Levels that nobody learns from. */
const LEVELS = { test: TEST_LEVELS, validation: VALIDATION_LEVELS } as const;
/** Frames of an episode's last second, where the coin is in sight. */
const LAST_SECOND = 15;

/**
 * Computes what is missing in `known`, agent by agent, and yields all results after each; ends early on the signal.
 * @throws ConfigError, before anything is learnt, for more labels than there are steps.
 */
export async function* runDream(
  plan: DreamPlan,
  known: readonly DreamResult[],
  setup: DreamSetup,
): AsyncGenerator<readonly DreamResult[], void> {
  const results = [...known];
  const truth = [...watchExpert(plan.frames, { difficulty: plan.difficulty })];
  const latent = await labelExpert(truth, setup.world, (done) => setup.onProgress("video", done, truth.length));
  for (let seed = 0; seed < plan.seeds; seed++) {
    const trial = new Trial(plan, setup, { truth, latent, seed });
    for (const agent of DREAMERS) {
      if (results.some((result) => result.agent === agent && result.seed === seed)) continue;
      if (setup.signal.aborted) return;
      const result = await trial.run(agent);
      if (result === null) return;
      results.push({ ...result, madeBy: setup.madeBy });
      yield results;
    }
  }
}

/** One seed: its agents, what they learn from, and where they are put to the test. */
class Trial {
  readonly #plan: DreamPlan;
  readonly #setup: DreamSetup;
  readonly #video: readonly Labelled[];
  readonly #seed: number;
  readonly #rng: Rng;
  readonly #keys: KnownKeys;

  constructor(plan: DreamPlan, setup: DreamSetup, { truth, latent, seed }: Watched & { readonly seed: number }) {
    this.#plan = plan;
    this.#setup = setup;
    const named = translateByClusters(truth, latent, { count: plan.labels, seed });
    this.#video = truth.map((episode, i) => ({
      ...episode,
      latents: latent[i]?.actions ?? [],
      names: named[i]?.actions ?? [],
    }));
    this.#seed = seed;
    this.#rng = new Rng(seed);
    const steps = ownSteps(this.#video);
    this.#keys = new KnownKeys({
      latentActions: steps.map(({ episode, at }) => Number(episode.latents[at])),
      actions: steps.map(({ episode, at }) => Number(episode.names[at])),
    });
  }

  /** Null when the signal is raised before the agent is done. */
  async run(name: DreamerName): Promise<DreamResult | null> {
    if (name === "random") return this.#judge(name, randomActor(this.#rng.split("random")), []);
    if (name === "run right and jump") return this.#judge(name, runAndJumpActor(this.#rng.split(name)), []);
    if (name === "PPO in the game") return this.#learnInTheGame(name);
    const { ppo, dreamSteps, numEnvs, starts, deathPenalty } = this.#plan;
    using dreams = await this.#dreams(numEnvs, this.#starts(starts, this.#rng.split("starts")), deathPenalty);
    await using agent =
      name === "PPO in the dream"
        ? await PPO.create(dreams, ppo, { engine: this.#setup.engine, seed: this.#seed })
        : await this.#clone(dreams);
    const curve = name === "clone" ? [] : await this.#learn(name, agent, dreamSteps);
    // Awaited here: the agent closes with this function.
    return curve && (await this.#judge(name, agent, curve, true));
  }

  async #clone(dreams: AnyVectorEnv): Promise<PPO> {
    const { tuning, imitationSteps: steps, memory } = this.#plan;
    const { engine, folder, onProgress } = this.#setup;
    const path = join(folder, `clone-${this.#seed}`);
    if (existsSync(path)) return PPO.load(path, dreams, { engine });
    const onStep = ({ step, loss }: { step: number; loss: number }) =>
      onProgress(`clone ${this.#seed} loss ${loss.toFixed(3)}`, step, steps);
    const imitation = { steps, shown: this.#shown(memory), onStep };
    const agent = await PPO.create(dreams, tuning, { engine, seed: this.#seed, imitation });
    await agent.save(path);
    return agent;
  }

  /** As many steps of the real game as the others have labels. */
  async #learnInTheGame(name: DreamerName): Promise<DreamResult | null> {
    const { labels, ppo } = this.#plan;
    const numEnvs = Math.min(MAX_ENVS, labels);
    // Rollouts are whole: of equal ones, no longer than asked for, that come out at the labels.
    const numRollouts = Math.ceil(labels / (numEnvs * ppo.numSteps));
    const numSteps = Math.ceil(labels / (numEnvs * numRollouts));
    using envs = this.#games(numEnvs);
    const options: PPOOptions = { ...ppo, numSteps, numMinibatches: 1 };
    await using agent = await PPO.create(envs, options, { engine: this.#setup.engine, seed: this.#seed });
    const curve = await this.#learn(name, agent, labels);
    return curve && (await this.#judge(name, agent, curve));
  }

  async #learn(name: string, agent: PPO, steps: number): Promise<DreamResult["curve"] | null> {
    const curve: DreamResult["curve"] = [];
    for await (const { globalStep, episodes } of agent.learn({ steps })) {
      if (this.#setup.signal.aborted) return null;
      const sum = episodes.reduce((total, episode) => total + episode.return, 0);
      const mean = sum / Math.max(1, episodes.length);
      curve.push({ step: globalStep, return: mean, episodes: episodes.length });
      this.#setup.onProgress(`${name} ${this.#seed}, return ${mean.toFixed(2)}`, globalStep, steps);
    }
    return curve;
  }

  /** Real levels, and the same starts dreamt and real. */
  async #judge(agent: DreamerName, actor: Actor, curve: DreamResult["curve"], isDreamer = false): Promise<DreamResult> {
    const { episodes, judgedOn } = this.#plan;
    using envs = this.#games(Math.min(MAX_ENVS, episodes), { levels: [...LEVELS[judgedOn]] });
    const awake = isDreamer ? this.#awake(actor) : actor;
    const { solved } = await playTestLevels(awake, envs, { episodes, seed: this.#seed, deterministic: false });
    const starts = this.#starts(this.#plan.numEnvs, this.#rng.split("judged"));
    return {
      agent,
      seed: this.#seed,
      solved,
      dreamt: isDreamer ? await this.#dreamtReturns(actor, starts) : [],
      real: await this.#realReturns(awake, starts),
      curve,
    };
  }

  /** The agent of a dream in the real game. */
  #awake(actor: Actor): Actor {
    return {
      act: async (obs, options) => {
        const actions = Int32Array.from((await actor.act(obs, options)) as ArrayLike<number>);
        return actions.map((action) => this.#keys.key(action));
      },
    };
  }

  async #dreamtReturns(actor: Actor, starts: readonly Start[]): Promise<number[]> {
    using envs = await this.#dreams(starts.length, starts, 0);
    let [obs]: [unknown, ...unknown[]] = await envs.reset({ options: { image: starts.map(promptOf) } });
    const [returns, isOver] = [new Array<number>(starts.length).fill(0), new Uint8Array(starts.length)];
    for (let step = 0; step < this.#plan.horizon; step++) {
      const [next, rewards, terminated] = await envs.step(
        (await actor.act(obs, { deterministic: false })) as Int32Array,
      );
      obs = next;
      for (const row of returns.keys()) {
        if (isOver[row] === 0) returns[row] = Number(returns[row]) + Number(rewards[row]);
        if (terminated[row] === 1) isOver[row] = 1;
      }
    }
    return returns;
  }

  /** The real game goes on from the very states that the starts show. */
  async #realReturns(actor: Actor, starts: readonly Start[]): Promise<number[]> {
    const games = starts.map((start) => gameAt(start, this.#plan.difficulty));
    const [returns, isOver] = [new Array<number>(starts.length).fill(0), new Uint8Array(starts.length)];
    // As in a dream, what came before the start is not told: the first frame stands for it.
    const stacks = games.map(({ obs }) => Array.from({ length: this.#plan.memory }, () => obs));
    for (let step = 0; step < this.#plan.horizon; step++) {
      const actions = (await actor.act(sideBySide(stacks.flat()), {
        deterministic: false,
        starts: new Uint8Array(starts.length).fill(Number(step === 0)),
      })) as ArrayLike<number>;
      for (const [row, { env }] of games.entries()) {
        if (isOver[row] === 1) continue;
        const [next, reward, terminated, truncated] = env.step(Number(actions[row]));
        stacks[row]?.shift();
        stacks[row]?.push(next);
        returns[row] = Number(returns[row]) + reward;
        if (terminated || truncated) isOver[row] = 1;
      }
    }
    for (const { env } of games) env.close();
    return returns;
  }

  async #dreams(numEnvs: number, starts: readonly Start[], deathPenalty: number) {
    const { horizon, memory } = this.#plan;
    const dreams = await GenieEnv.fromWorld(this.#setup.world, {
      numEnvs,
      horizon,
      seed: this.#seed,
      rewardModel: worldHeads({ reward: "expected", deathPenalty }),
      prompts: starts.map(promptOf),
    });
    const byKeys = new VectorTransformAction<Uint8Array, number, number, GenieVectorInfo<Uint8Array>, "async">(
      dreams,
      (action: number) => this.#keys.latent(action),
      new Discrete(this.#keys.count),
    );
    return new VectorFrameStackObservation(byKeys, { stackSize: memory });
  }

  /** The real game, as agents see it. */
  #games(numEnvs: number, options: { readonly levels?: readonly number[] } = {}) {
    const { difficulty, realHorizon, memory } = this.#plan;
    const games = makeVecSync<Uint8Array, Int32Array>("Platformer-v0", {
      numEnvs,
      difficulty,
      horizon: realHorizon,
      ...options,
    });
    return new VectorFrameStackObservation(games, { stackSize: memory });
  }

  /** Half of them within the last second of an episode, the others anywhere. */
  #starts(count: number, rng: Rng): readonly Start[] {
    return Array.from({ length: count }, (_, i) => {
      const episode = this.#video[rng.integer(this.#video.length)] as Labelled;
      const earliest = Math.min(CONTEXT - 1, episode.actions.length - 1);
      const from = i % 2 === 0 ? earliest : Math.max(earliest, episode.actions.length - LAST_SECOND);
      return { episode, at: from + rng.integer(episode.actions.length - from) };
    });
  }

  /** The expert's own steps, by the keys that they are called. */
  #shown(memory: number): ShownSteps {
    const isKnown = ({ episode, at }: Start) => this.#keys.ofKey(Number(episode.names[at])) >= 0;
    const steps = ownSteps(this.#video).filter(isKnown);
    return {
      actions: steps.map(({ episode, at }) => this.#keys.ofKey(Number(episode.names[at]))),
      observe: (rows) => {
        const chosen = Array.from(rows, (row) => steps[row]).flatMap((step) => step ?? []);
        return sideBySide(chosen.flatMap((step) => lastFrames(step, memory)));
      },
    };
  }
}

/** The steps of a video that are the expert's own, not its stumbles. */
function ownSteps(video: readonly Labelled[]): readonly Start[] {
  return video.flatMap((episode) =>
    Array.from(episode.weights.keys())
      .filter((at) => episode.weights[at] === 1)
      .map((at) => ({ episode, at })),
  );
}

/** The frames that a dream begins with; their last one is what an agent sees first. */
function promptOf({ episode, at }: Start): Frames {
  const first = Math.max(0, at - CONTEXT + 1);
  return sliceFrames(episode.frames, first, at - first + 1);
}

/** The real game where the expert had brought it. */
function gameAt({ episode, at }: Start, difficulty: DreamPlan["difficulty"]): { env: PlatformerEnv; obs: Uint8Array } {
  const env = new PlatformerEnv({ difficulty });
  let [obs] = env.reset({ options: { level: episode.level } });
  for (const action of episode.actions.subarray(0, at)) [obs] = env.step(action);
  return { env, obs };
}

/** The last frames up to this step; before the first there are copies of it. */
function lastFrames({ episode, at }: Start, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    return sliceFrames(episode.frames, Math.max(0, at - count + 1 + i)).data;
  });
}

function sideBySide(frames: readonly Uint8Array[]): Uint8Array {
  const size = frames[0]?.length ?? 0;
  const batch = new Uint8Array(frames.length * size);
  for (const [i, frame] of frames.entries()) batch.set(frame, i * size);
  return batch;
}
