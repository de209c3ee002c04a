import { onnxEngine } from "../../compute/onnx-engine.ts";
import { ConfigError } from "../../core/errors.ts";
import { concatFrames, type Frames } from "../../core/frames.ts";
import { Box, concatenate, Discrete, iterate, type Space } from "../../env/index.ts";
import type { PolicySpec } from "../bc-network.ts";
import type { BehavioralCloningOptions } from "../bc-options.ts";
import { BehavioralCloning } from "../behavioral-cloning.ts";
import type { Demonstration } from "../demonstrations.ts";
import { PPO } from "../ppo.ts";
import type { AgentContext, BenchmarkAgent, Learning, NamedAgent, ShownEpisode } from "./agent.ts";

/** How a clone is made. */
export type CloneOptions = {
  /** Of the network for pictures. */
  readonly network?: BehavioralCloningOptions;
  /** Updates; by default each step is seen four times, in 500 to 2,500 updates. */
  readonly updates?: number;
};

const [BATCH, EPOCHS, MIN_UPDATES, MAX_UPDATES] = [64, 4, 500, 2500];
/** Of the observations that are remembered. */
const MAX_BYTES = 2 ** 29;

/**
 * Behavioural cloning: it watches whoever can play the task, for the steps that agents learn from, and learns by
 * cross-entropy to do the same. Pictures are for `BehavioralCloning`; other observations for PPO's actor, which imitates
 * and learns nothing by reward. Where nobody shows how, the run fails and says so.
 */
export function bcAgent(options: CloneOptions = {}): NamedAgent {
  return { name: "bc", create: (context) => new Clone(options, context) };
}

/** A `BehavioralCloning` as the benchmark plays it: in a batch of one, told where episodes begin. It closes the agent. */
export function clonePlayer(agent: BehavioralCloning, { observationSpace, actionSpace }: Spaces): BenchmarkAgent {
  const first = actionSpace instanceof Discrete ? actionSpace.start : 0;
  let isStart = true;
  return {
    begin: () => {
      isStart = true;
    },
    act: async (obs, _info, { deterministic }) => {
      const [action = 0] = await agent.act(concatenate(observationSpace, [obs]), { deterministic, starts: [isStart] });
      isStart = false;
      return first + action;
    },
    close: () => agent.close(),
  };
}

type Spaces = Pick<AgentContext, "observationSpace" | "actionSpace">;

class Clone implements BenchmarkAgent {
  readonly #options: CloneOptions;
  readonly #context: AgentContext;
  #player: BenchmarkAgent | null = null;

  constructor(options: CloneOptions, context: AgentContext) {
    this.#options = options;
    this.#context = context;
  }

  async learn(_env: unknown, learning: Learning): Promise<void> {
    const { observationSpace, actionSpace } = this.#context;
    if (!(actionSpace instanceof Discrete)) {
      throw new ConfigError(`bc: actions must be Discrete, got ${String(actionSpace)}`);
    }
    const spec = pictureSpec(observationSpace, actionSpace);
    const task = { ...this.#context, first: actionSpace.start };
    this.#player =
      spec === null
        ? await imitator(task, learning, this.#options)
        : await picturePlayer(spec, task, learning, this.#options);
  }

  begin(): void {
    this.#player?.begin?.();
  }

  act(...args: Parameters<BenchmarkAgent["act"]>): unknown {
    if (this.#player === null) throw new ConfigError("bc: learn must come before act");
    return this.#player.act(...args);
  }

  async close(): Promise<void> {
    await this.#player?.close?.();
  }
}

/** `first`: the lowest action. */
type Task = AgentContext & { readonly first: number };

/** RGB pictures, which a clone sees with those before; null for anything else. */
function pictureSpec(space: Space<unknown>, { n }: Discrete): PolicySpec | null {
  if (!(space instanceof Box) || space.dtype !== "uint8" || space.shape.length !== 3) return null;
  const [height = 0, width = 0, channels] = space.shape;
  return channels === 3 ? { frameShape: [height, width, channels], numActions: n } : null;
}

async function picturePlayer(
  spec: PolicySpec,
  task: Task,
  learning: Learning,
  { network, updates }: CloneOptions,
): Promise<BenchmarkAgent> {
  const episodes: Demonstration[] = [];
  let count = 0;
  for await (const { observations, actions, weights } of watch(learning)) {
    episodes.push({
      frames: joinPictures(observations, spec),
      actions: actions.map((action) => Number(action) - task.first),
      weights,
    });
    count += actions.length;
  }
  const agent = await BehavioralCloning.create(spec, network, { engine: onnxEngine({ threads: 1 }), seed: task.seed });
  for await (const _ of agent.learn(episodes, { steps: updates ?? updatesFor(count) })) {
    if (learning.signal.aborted) break;
  }
  return clonePlayer(agent, task);
}

async function imitator(task: Task, learning: Learning, { updates }: CloneOptions): Promise<BenchmarkAgent> {
  const { observationSpace, actionSpace, seed, first } = task;
  const seen: unknown[] = [];
  const actions: number[] = [];
  for await (const episode of watch(learning)) {
    for (const [at, action] of episode.actions.entries()) {
      if (episode.weights[at] === 0) continue;
      seen.push(episode.observations[at]);
      actions.push(Number(action) - first);
    }
  }
  const observe = (rows: Uint32Array) =>
    concatenate(
      observationSpace,
      Array.from(rows, (row) => seen[row]),
    );
  const steps = updates ?? updatesFor(actions.length);
  const agent = await PPO.create(
    await learning.makeVec(1),
    // Nothing is learnt by reward.
    { numSteps: 1, numMinibatches: 1, normalizeAdvantages: false },
    { engine: onnxEngine({ threads: 1 }), seed, imitation: { shown: { actions, observe }, steps, batchSize: BATCH } },
  );
  return {
    act: async (obs, _info, choice) => {
      const [action] = iterate(actionSpace, await agent.act(concatenate(observationSpace, [obs]), choice));
      return action;
    },
    close: () => agent.close(),
  };
}

/** Whole episodes, until their steps are as many as there are to learn from, or fill the memory. */
async function* watch({ demonstrate, steps, signal }: Learning): AsyncGenerator<ShownEpisode, void, undefined> {
  if (demonstrate === undefined) {
    throw new ConfigError(
      "bc: somebody must show how to play, got nobody - only games with a scripted player and learnt worlds can be cloned in",
    );
  }
  let [count, bytes] = [0, 0];
  for await (const episode of demonstrate()) {
    yield episode;
    count += episode.actions.length;
    for (const obs of episode.observations) if (ArrayBuffer.isView(obs)) bytes += obs.byteLength;
    if (count >= steps || bytes >= MAX_BYTES || signal.aborted) return;
  }
}

function updatesFor(steps: number): number {
  return Math.min(MAX_UPDATES, Math.max(MIN_UPDATES, Math.ceil((EPOCHS * steps) / BATCH)));
}

function joinPictures(observations: readonly unknown[], { frameShape: [height, width] }: PolicySpec): Frames {
  return concatFrames(
    observations.map((obs) => {
      if (obs instanceof Uint8Array) return { data: obs, count: 1, height, width };
      throw new ConfigError(`bc: observations must be uint8, got ${typeof obs}`);
    }),
  );
}
