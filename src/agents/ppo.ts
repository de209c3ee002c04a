import { AlreadyPendingCallError, CheckpointError, ClosedError, ConfigError } from "../core/errors.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import { parseOptions } from "../core/options.ts";
import { Rng } from "../core/rng.ts";
import { createEngine } from "../compute/create-engine.ts";
import type { Engine } from "../compute/engine.ts";
import type { AnyVectorEnv } from "../env/index.ts";
import type { NumericArray } from "../env/spaces/arrays.ts";
import { constantly, findMismatch } from "../nn/params.ts";
import { actionHead } from "./action-head.ts";
import type { ActorCritic } from "./actor-critic.ts";
import { encoderOf } from "./encoder.ts";
import { imitate, type Imitation } from "./imitation.ts";
import { initLearnerState, Learner, paramsOf, type UpdateLog } from "./learner.ts";
import { Observations } from "./observations.ts";
import { Policy } from "./policy.ts";
import { readCheckpoint, writeCheckpoint } from "./ppo-checkpoint.ts";
import { expectMinibatches, PPOConfig, type PPOOptions } from "./ppo-options.ts";
import { Collector, expectAutoreset, expectVector, type EpisodeResult } from "./rollout.ts";

/** What an agent runs on, and what its randomness comes from. */
export type PPOSetup = {
  /** Default: `createEngine()`. */
  readonly engine?: Engine;
  /** Equal seeds give equal agents. Default 0. */
  readonly seed?: number | string;
  /** Steps that somebody showed: the actor imitates them before it learns by reward. */
  readonly imitation?: Imitation;
};

/** What one rollout and the update after it came to. */
export type PPOLog = UpdateLog & {
  /** Steps so far, of all environments together. */
  readonly globalStep: number;
  readonly learningRate: number;
  /** The episodes that ended in this rollout. */
  readonly episodes: readonly EpisodeResult[];
};

/** How `act` chooses: the likeliest action, or (by default) a draw. */
export type ActOptions = { readonly deterministic?: boolean };

/** Where an agent stands: all that is needed to learn on exactly. */
type Progress = {
  readonly seed: number | string;
  readonly globalStep: number;
  readonly numUpdates: number;
  readonly state: HostTensors;
};

const MAX_SEED = 2 ** 31;

/**
 * Proximal policy optimisation (Schulman et al. 2017) with the details of Huang et al. 2022 ("The 37 implementation
 * details of PPO"): separate tanh networks for actor and critic over vectors, or over an encoder that they share where
 * observations are pictures or tokens; Discrete, MultiDiscrete, MultiBinary and continuous actions. Unlike CleanRL's, an episode that a time limit cut goes on in the value of its
 * last observation.
 *
 * The networks run compiled, one call per step of all environments and one per minibatch.
 */
export class PPO {
  /** The options with their defaults filled in; of an agent that was loaded, those that it was made with. */
  readonly config: PPOConfig;
  readonly #envs: AnyVectorEnv;
  readonly #engine: Engine;
  readonly #network: ActorCritic;
  readonly #observations: Observations;
  readonly #learner: Learner;
  readonly #params: HostTensors;
  readonly #seed: number | string;
  readonly #rng: Rng;
  /** What `act` draws from. */
  readonly #actRng: Rng;
  readonly #policies = new Map<number, Promise<Policy>>();
  #globalStep: number;
  #isLearning = false;
  #isClosed = false;

  private constructor(parts: Parts, learner: Learner, { seed, globalStep, state }: Progress) {
    this.config = parts.config;
    this.#envs = parts.envs;
    this.#engine = parts.engine;
    this.#network = parts.network;
    this.#observations = parts.observations;
    this.#learner = learner;
    this.#params = paramsOf(state);
    this.#seed = seed;
    this.#rng = new Rng(seed);
    this.#actRng = this.#rng.split("act", globalStep);
    this.#globalStep = globalStep;
  }

  /**
   * A new agent for these environments, which it borrows.
   * @throws ConfigError for an option that breaks a rule, or for environments that PPO cannot play; DataError for an
   * imitation of nothing, or of what is no action.
   */
  static async create(
    envs: AnyVectorEnv,
    options: PPOOptions = {},
    { engine, seed = 0, imitation }: PPOSetup = {},
  ): Promise<PPO> {
    const config = parseOptions(PPOConfig, options, "PPO");
    expectVector(envs);
    expectMinibatches(config, envs.numEnvs);
    const parts = await assemble(envs, config, engine);
    const rng = new Rng(seed);
    const taught = imitation ? await imitate(parts, imitation, rng.split("imitation")) : {};
    const state = initLearnerState(parts.network, parts.config, rng.split("params"), taught);
    return PPO.#open(parts, { seed, globalStep: 0, numUpdates: 0, state });
  }

  /**
   * The agent that `save` wrote, to act in these environments or to go on learning.
   * @throws ConfigError for environments that PPO cannot play; CheckpointError when a file is missing, damaged or made
   * for other spaces.
   */
  static async load(folder: string, envs: AnyVectorEnv, { engine }: Pick<PPOSetup, "engine"> = {}): Promise<PPO> {
    expectVector(envs);
    const { checkpoint, state } = await readCheckpoint(folder);
    for (const name of ["observationSpace", "actionSpace"] as const) expectSpace(folder, name, checkpoint[name], envs);
    const parts = await assemble(envs, checkpoint.options, engine);
    expectState(folder, parts, state);
    return PPO.#open(parts, { ...checkpoint, state });
  }

  static async #open(parts: Parts, progress: Progress): Promise<PPO> {
    const { envs, config, engine, network } = parts;
    const batchSize = envs.numEnvs * config.numSteps;
    const learner = await Learner.prepare(network, config, engine, { batchSize, ...progress });
    return new PPO(parts, learner, progress);
  }

  /** Steps that the agent has learnt from, of all environments together. */
  get globalStep(): number {
    return this.#globalStep;
  }

  /**
   * Learns until the agent has taken `steps` steps in all, whole rollouts; yields after each. The learning rate reaches
   * 0 there. Every call begins with a reset of the environments: an agent that was saved and loaded goes on exactly as
   * one that is told to learn on by another call, and not as one whose call of `learn` went on. Equal seeds give equal agents on one engine.
   * @throws ConfigError unless `steps` is a positive integer, whose last rollout begins after `criticWarmup`, and a rollout has whole
   * minibatches; ClosedError when the agent is closed;
   * AlreadyPendingCallError while it learns already.
   */
  async *learn(budget: { readonly steps: number }): AsyncGenerator<PPOLog, void, undefined> {
    if (this.#isLearning) {
      throw new AlreadyPendingCallError("PPO.learn: the agent is learning already - end that first, or make another");
    }
    this.#isLearning = true;
    try {
      yield* this.#learn(budget);
    } finally {
      this.#isLearning = false;
    }
  }

  async *#learn({ steps }: { readonly steps: number }): AsyncGenerator<PPOLog, void, undefined> {
    this.#expectOpen();
    if (!Number.isSafeInteger(steps) || steps < 1) {
      throw new ConfigError(`PPO.learn: steps must be a positive integer, got ${steps}`);
    }
    const { criticWarmup, numSteps } = this.config;
    // An agent that was loaded may act in any number of environments, and learn in some.
    expectMinibatches(this.config, this.#envs.numEnvs, "PPO.learn");
    if (this.#globalStep >= steps) return;
    const rollout = this.#envs.numEnvs * numSteps;
    const lastRollout = this.#globalStep + rollout * (Math.ceil((steps - this.#globalStep) / rollout) - 1);
    if (criticWarmup > lastRollout) {
      throw new ConfigError(
        `PPO.learn: the last rollout must begin after criticWarmup, or the actor learns nothing, got step ${lastRollout} and ` +
          `${criticWarmup} - take more steps, or a shorter warm-up`,
      );
    }
    const [observations, { head }] = [this.#observations, this.#network];
    const policy = await this.#policy(this.#envs.numEnvs);
    const seed = this.#rng.split("reset", this.#globalStep).integer(MAX_SEED);
    const collector = await Collector.start(this.#envs, { observations, head }, seed);
    while (this.#globalStep < steps) {
      const rate = this.config.annealLearningRate ? 1 - this.#globalStep / steps : 1;
      const learningRate = this.config.learningRate * rate;
      const rollout = await collector.collect(policy, this.config.numSteps, this.#rng.split("noise", this.#globalStep));
      const isWarmup = this.#globalStep < this.config.criticWarmup;
      const rng = this.#rng.split("order", this.#globalStep);
      const log = await this.#learner.improve(rollout, { learningRate, isWarmup, rng });
      this.#globalStep += rollout.rewards.length;
      yield { ...log, globalStep: this.#globalStep, learningRate, episodes: collector.takeFinished() };
    }
  }

  /**
   * Actions for a batch of observations, of any size, as a vector environment of so many rows takes them.
   * @throws ShapeError for what is no batch of observations; ClosedError when the agent is closed.
   */
  async act(obs: unknown, { deterministic = false }: ActOptions = {}): Promise<NumericArray> {
    this.#expectOpen();
    const encoded = this.#observations.encode(obs);
    const rows = encoded.length / this.#observations.size;
    const { head } = this.#network;
    const noise = deterministic ? new Float32Array(rows * head.size) : head.noise(this.#actRng, rows);
    const { actions, modes } = await (await this.#policy(rows)).decide(encoded, noise);
    return head.toEnv(deterministic ? modes : actions);
  }

  /** A copy of the parameters, float32, by name. */
  params(): Promise<HostTensors> {
    this.#expectOpen();
    return this.#learner.executable.readState(Object.keys(this.#params));
  }

  /** Writes the agent into a folder, replacing one that is there; `PPO.load` reads it. */
  async save(folder: string): Promise<void> {
    this.#expectOpen();
    const { singleObservationSpace, singleActionSpace } = this.#envs;
    const checkpoint = {
      options: this.config,
      seed: this.#seed,
      globalStep: this.#globalStep,
      numUpdates: this.#learner.numUpdates,
      observationSpace: singleObservationSpace.toJSON(),
      actionSpace: singleActionSpace.toJSON(),
    };
    await writeCheckpoint(folder, checkpoint, await this.#learner.executable.readState());
  }

  /** Frees the networks, not the environments. May be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const policy of await Promise.all(this.#policies.values())) policy.close();
    this.#learner.executable.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The networks for batches of this size, compiled at the first call. */
  #policy(rows: number): Promise<Policy> {
    const known = this.#policies.get(rows);
    if (known) return known;
    const owner = { engine: this.#engine, owner: this.#learner.executable, params: this.#params };
    const policy = Policy.prepare(this.#network, rows, owner);
    this.#policies.set(rows, policy);
    return policy;
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new ClosedError("PPO: the agent is closed - load it again");
  }
}

/** What an agent is made of, before it has parameters. */
type Parts = {
  readonly envs: AnyVectorEnv;
  readonly config: PPOConfig;
  readonly engine: Engine;
  readonly network: ActorCritic;
  readonly observations: Observations;
};

async function assemble(envs: AnyVectorEnv, config: PPOConfig, engine: Engine | undefined): Promise<Parts> {
  expectVector(envs);
  expectAutoreset(envs.metadata.autoresetMode);
  const observations = new Observations(envs.singleObservationSpace);
  const head = actionHead(envs.singleActionSpace);
  const encoder = encoderOf(envs.singleObservationSpace, config);
  const hasCriticEncoder = config.criticEncoder === "own" && encoder !== null;
  const network = { obsSize: observations.size, hiddenSizes: config.hiddenSizes, head, encoder, hasCriticEncoder };
  return { envs, config, engine: engine ?? (await createEngine()), network, observations };
}

function expectSpace(
  folder: string,
  name: "observationSpace" | "actionSpace",
  saved: unknown,
  { singleObservationSpace, singleActionSpace }: AnyVectorEnv,
): void {
  const space = name === "observationSpace" ? singleObservationSpace : singleActionSpace;
  const [wanted, got] = [JSON.stringify(saved), JSON.stringify(space.toJSON())];
  if (wanted === got) return;
  throw new CheckpointError(`${folder}: ${name} must be that of the environments, ${got}, got ${wanted}`);
}

function expectState(folder: string, { network, config }: Parts, state: HostTensors): void {
  const fresh = initLearnerState(network, config, new Rng(0));
  const specs = Object.fromEntries(Object.entries(fresh).map(([name, { shape }]) => [name, constantly(0, shape)]));
  const mismatch = findMismatch(specs, state);
  if (mismatch !== null) throw new CheckpointError(`${folder}: ${mismatch}`);
}
