import { CheckpointError, ClosedError, ConfigError, ShapeError } from "../core/errors.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import { parseOptions } from "../core/options.ts";
import { Rng } from "../core/rng.ts";
import { createEngine } from "../compute/create-engine.ts";
import type { Engine, Executable } from "../compute/engine.ts";
import { ADAMW_INPUTS, AdamWConfig, adamwInputs } from "../nn/adamw.ts";
import { constantly, findMismatch, initParams, startingWith, underPrefix, withPrefix } from "../nn/params.ts";
import { initTrainState, trainStep } from "../nn/train-step.ts";
import { learnDecoder } from "./action-decoder.ts";
import { ActionDictionary } from "./action-dictionary.ts";
import { decoderNetwork, openMap, type ActionMap, type Decided, type MapRecord, type MapSizes } from "./action-map.ts";
import { readCheckpoint, writeCheckpoint, type BCCheckpoint } from "./bc-checkpoint.ts";
import {
  lossSignature,
  policyLoss,
  policyNetwork,
  policyParams,
  type PolicyNetwork,
  type PolicySpec,
} from "./bc-network.ts";
import { BehavioralCloningConfig, learningRateAt, type BehavioralCloningOptions } from "./bc-options.ts";
import type {
  BCActOptions,
  BCLog,
  BehavioralCloningSetup,
  LabelledStep,
  LearnOptions,
  MapOptions,
} from "./bc-types.ts";
import { DemonstrationSet, type Demonstration } from "./demonstrations.ts";
import { FrameHistory } from "./frame-history.ts";
import { readLabels } from "./labelled-steps.ts";
import { floatsOf } from "./policy.ts";
import { PolicyRunner } from "./policy-runner.ts";

/** Where an agent stands: all that is needed to learn on exactly. */
type Progress = Omit<BCCheckpoint, "options"> & { readonly state: HostTensors };
type Parts = { readonly network: PolicyNetwork; readonly engine: Engine };

const DECODER = "decoder";

/**
 * Behavioural cloning from latent actions (Genie, section 3.3 and appendix E): a policy over what a latent action model
 * found in an expert's video learns by cross-entropy; a few labelled steps say what the latent actions are in the real
 * environment. On true actions, without a map, it is plain behavioural cloning: the paper's oracle.
 */
export class BehavioralCloning {
  /** The options with their defaults filled in; of an agent that was loaded, those that it was made with. */
  readonly config: BehavioralCloningConfig;
  readonly #network: PolicyNetwork;
  readonly #engine: Engine;
  readonly #optimiser: AdamWConfig;
  readonly #learner: Executable;
  readonly #params: HostTensors;
  readonly #seed: number | string;
  readonly #rng: Rng;
  readonly #runner: PolicyRunner;
  /** What `act` draws from. */
  #actRng: Rng;
  #history: FrameHistory | null = null;
  #numUpdates: number;
  #map: { readonly is: MapRecord; readonly params: HostTensors; readonly runs: ActionMap } | null = null;
  #isClosed = false;

  private constructor({ network, engine }: Parts, learner: Executable, { seed, numUpdates, state }: Progress) {
    this.config = network.config;
    this.#network = network;
    this.#engine = engine;
    this.#optimiser = optimiserOf(network.config);
    this.#learner = learner;
    this.#params = startingWith(state, Object.keys(policyParams(network)));
    this.#runner = new PolicyRunner(network, { engine, learner, params: this.#params });
    this.#seed = seed;
    this.#rng = new Rng(seed);
    this.#actRng = this.#rng.split("act", numUpdates);
    this.#numUpdates = numUpdates;
  }

  /** A new agent. @throws ConfigError for an option that breaks a rule, or frames that cannot be cut into patches. */
  static async create(
    spec: PolicySpec,
    options: BehavioralCloningOptions = {},
    { engine, seed = 0 }: BehavioralCloningSetup = {},
  ): Promise<BehavioralCloning> {
    const network = policyNetwork(spec, parseOptions(BehavioralCloningConfig, options, "BehavioralCloning"));
    const state = initTrainState(initParams(policyParams(network), new Rng(seed).split("params")));
    const frameShape: BCCheckpoint["frameShape"] = [network.height, network.width, 3];
    return BehavioralCloning.#open(
      { network, engine: engine ?? (await createEngine()) },
      { seed, numUpdates: 0, frameShape, numActions: spec.numActions, map: null, state },
    );
  }

  /**
   * The agent that `save` wrote, to learn on exactly, or to act as the saved one does after `reset`: what rows had shown and
   * where draws stood is not saved.
   * @throws CheckpointError when a file is missing or damaged.
   */
  static async load(
    folder: string,
    { engine }: Pick<BehavioralCloningSetup, "engine"> = {},
  ): Promise<BehavioralCloning> {
    const { checkpoint, state } = await readCheckpoint(folder);
    const parts = { network: policyNetwork(checkpoint, checkpoint.options), engine: engine ?? (await createEngine()) };
    const isMap = (name: string) => name.startsWith(`${DECODER}.`);
    const own = Object.fromEntries(Object.entries(state).filter(([name]) => !isMap(name)));
    expectState(folder, parts.network, own);
    const agent = await BehavioralCloning.#open(parts, { ...checkpoint, state: own });
    if (checkpoint.map !== null) agent.#useMap(checkpoint.map, underPrefix(DECODER, state), folder);
    return agent;
  }

  static async #open(parts: Parts, progress: Progress): Promise<BehavioralCloning> {
    const { network, engine } = parts;
    const names = Object.keys(policyParams(network));
    const lossOf = policyLoss.bind(null, network);
    const learner = await engine.prepare(trainStep(names, lossOf, optimiserOf(network.config)), {
      name: "bc.update",
      inputs: { ...lossSignature(network, network.config.batchSize), ...ADAMW_INPUTS },
      state: progress.state,
    });
    return new BehavioralCloning(parts, learner, progress);
  }

  /** Updates that the agent has learnt from. */
  get numUpdates(): number {
    return this.#numUpdates;
  }

  /** Actions of the policy: latent ones, or real ones where the agent has no map. */
  get numActions(): number {
    return this.#network.numActions;
  }

  /**
   * Learns until the agent has made `steps` updates in all; yields after each. The learning rate rises, and falls by a
   * cosine until the end. An agent that was saved and loaded learns on exactly as the one that was not, unless the clock
   * ends it. Equal seeds give equal agents on one engine.
   * @throws ConfigError unless `steps` is a positive integer; ShapeError or DataError for what is no demonstration;
   * ClosedError when the agent is closed.
   */
  async *learn(
    demonstrations: readonly Demonstration[],
    { steps, minutes = Infinity }: LearnOptions,
  ): AsyncGenerator<BCLog, void, undefined> {
    this.#expectOpen();
    if (!Number.isSafeInteger(steps) || steps < 1 || !(minutes > 0)) {
      throw new ConfigError(
        `BehavioralCloning.learn: steps must be a positive integer and minutes positive, got ${steps} and ${minutes}`,
      );
    }
    const set = new DemonstrationSet(this.#network, demonstrations);
    const began = performance.now();
    while (this.#numUpdates < steps) {
      const progress = Math.max(this.#numUpdates / steps, (performance.now() - began) / (60_000 * minutes));
      if (progress >= 1) return;
      const learningRate = learningRateAt(this.config, this.#numUpdates, progress);
      const batch = set.batch(this.#numUpdates, this.config.batchSize, this.#rng.split("order"));
      this.#numUpdates += 1;
      const outputs = await this.#learner.run({
        ...batch,
        ...adamwInputs(this.#optimiser, this.#numUpdates, learningRate),
      });
      const scalarOf = (name: string) => Number(floatsOf(outputs, name)[0]);
      yield {
        step: this.#numUpdates,
        loss: scalarOf("loss"),
        accuracy: scalarOf("accuracy"),
        gradientNorm: scalarOf("gradientNorm"),
        learningRate,
      };
    }
  }

  /**
   * Learns what latent actions are in the real environment from labelled steps of the expert; `act` returns real actions
   * from then on. A decoder goes by what the policy makes of the frames: map after learning.
   * @throws ConfigError for no label, or an option that breaks a rule; ShapeError or DataError for an episode, step or
   * action that does not fit; ClosedError when the agent is closed.
   */
  async mapActions(labels: readonly LabelledStep[], options: MapOptions): Promise<void> {
    this.#expectOpen();
    const { episodes, latentActions, actions, numActions, kind } = readLabels(this.#network, labels, options);
    if (kind === "dictionary") {
      const sizes = { numLatentActions: this.numActions, numActions };
      const dictionary = ActionDictionary.fill({ latentActions, actions }, sizes).toJSON();
      return this.#useMap({ kind, dictionary }, {}, "mapActions");
    }
    const set = new DemonstrationSet(this.#network, episodes);
    const features = await this.#runner.featuresOf(set, labels);
    const params = await learnDecoder(
      decoderNetwork(this.#mapSizes, numActions),
      { features, latentActions, actions },
      this.#engine,
      this.#rng.split("decoder", labels.length),
    );
    this.#useMap({ kind, numActions }, params, "mapActions");
  }

  /**
   * Actions for what a batch of environments shows, uint8 [B, H, W, 3] (or one frame), as a vector environment of so many
   * rows takes them: int32 [B]. The agent remembers each row's last frames: say where episodes start. Another size of batch
   * forgets them.
   * @throws ShapeError for what is no batch of frames; ClosedError when the agent is closed.
   */
  async act(obs: unknown, { deterministic = false, starts }: BCActOptions = {}): Promise<Int32Array> {
    this.#expectOpen();
    const pixels = expectFrames(obs, this.#network);
    const rows = pixels.length / frameSize(this.#network);
    const history = this.#historyOf(rows);
    history.observe(pixels, starts);
    const decided = await this.#decide(history, deterministic);
    history.decide(decided.latentActions);
    if (this.#map === null) return decided.latentActions;
    return this.#map.runs.choose(decided, { rng: this.#actRng, deterministic });
  }

  /** Forgets what all rows have shown, and draws from the stream of this seed from now on. */
  reset({ seed = this.#seed }: { readonly seed?: number | string } = {}): void {
    this.#history = null;
    this.#actRng = new Rng(seed).split("act", this.#numUpdates);
  }

  /** A copy of the parameters, float32, by name. */
  params(): Promise<HostTensors> {
    this.#expectOpen();
    return this.#learner.readState(Object.keys(this.#params));
  }

  /** Writes the agent and its map into a folder, replacing one that is there; `BehavioralCloning.load` reads it. */
  async save(folder: string): Promise<void> {
    this.#expectOpen();
    const { height, width, numActions } = this.#network;
    const checkpoint: BCCheckpoint = {
      options: this.config,
      seed: this.#seed,
      numUpdates: this.#numUpdates,
      frameShape: [height, width, 3],
      numActions,
      map: this.#map?.is ?? null,
    };
    const state = await this.#learner.readState();
    await writeCheckpoint(folder, checkpoint, { ...state, ...withPrefix(DECODER, this.#map?.params ?? {}) });
  }

  /** Frees the networks. May be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#map?.runs.close();
    await this.#runner.close();
    this.#learner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #historyOf(rows: number): FrameHistory {
    if (this.#history?.numRows === rows) return this.#history;
    const sizes = { numFrames: this.config.numFrames, frameSize: frameSize(this.#network), unknown: this.numActions };
    this.#history = new FrameHistory(rows, sizes);
    return this.#history;
  }

  async #decide({ frames, previous, numRows }: FrameHistory, deterministic: boolean): Promise<Decided> {
    const noise = deterministic ? new Float32Array(numRows) : this.#network.head.noise(this.#actRng, numRows);
    const { actions, modes, features } = await this.#runner.run({ frames, previous, noise });
    const latentActions = Int32Array.from(deterministic ? modes : actions);
    const { randomActions } = this.config;
    if (!deterministic && randomActions > 0) {
      for (let row = 0; row < numRows; row++) {
        if (this.#actRng.uniform() < randomActions) latentActions[row] = this.#actRng.integer(this.numActions);
      }
    }
    return { latentActions, features };
  }

  get #mapSizes(): MapSizes {
    return { featureWidth: this.config.featureDim, numLatentActions: this.numActions };
  }

  #useMap(is: MapRecord, params: HostTensors, where: string): void {
    const runs = openMap(is, params, { sizes: this.#mapSizes, engine: this.#engine, where });
    this.#map?.runs.close();
    this.#map = { is, params, runs };
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new ClosedError("BehavioralCloning: the agent is closed - load it again");
  }
}

function optimiserOf({ weightDecay }: BehavioralCloningConfig): AdamWConfig {
  return AdamWConfig.parse({ beta2: 0.96, weightDecay });
}

function frameSize({ height, width }: PolicyNetwork): number {
  return height * width * 3;
}

function expectFrames(obs: unknown, network: PolicyNetwork): Uint8Array {
  const size = frameSize(network);
  if (obs instanceof Uint8Array && obs.length > 0 && obs.length % size === 0) return obs;
  const got = obs instanceof Uint8Array ? `${obs.length} bytes` : typeof obs;
  throw new ShapeError(
    `BehavioralCloning.act: observations must be uint8 [B, ${network.height}, ${network.width}, 3], got ${got}`,
  );
}

function expectState(folder: string, network: PolicyNetwork, state: HostTensors): void {
  const fresh = initTrainState(initParams(policyParams(network), new Rng(0)));
  const specs = Object.fromEntries(Object.entries(fresh).map(([name, { shape }]) => [name, constantly(0, shape)]));
  const mismatch = findMismatch(specs, state);
  if (mismatch !== null) throw new CheckpointError(`${folder}: ${mismatch}`);
}
