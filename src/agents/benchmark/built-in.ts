import type { Engine } from "../../compute/engine.ts";
import { onnxEngine } from "../../compute/onnx-engine.ts";
import { ConfigError } from "../../core/errors.ts";
import { mean } from "../../metrics/mean.ts";
import {
  concatenate,
  Discrete,
  iterate,
  VectorFrameStackObservation,
  type AnyEnv,
  type AnyVectorEnv,
  type Mode,
  type VectorEnv,
} from "../../env/index.ts";
import { isSinglePicture } from "../encoder.ts";
import { PPO } from "../ppo.ts";
import type { PPOOptions } from "../ppo-options.ts";
import type { AgentContext, BenchmarkAgent, Learning, NamedAgent } from "./agent.ts";

/** Samples the action space. */
export const randomAgent: NamedAgent = {
  name: "random",
  create: ({ actionSpace, seed }) => {
    actionSpace.seed(seed);
    return { act: () => actionSpace.sample() };
  },
};

/** Episodes in which the constant agent tries each action: one would mostly tell how hard a level is. */
const TRIES = 10;

/** Holds one action for ever: the one that paid most in ten episodes, the same for each. Whoever learns must beat it. */
export const constantAgent: NamedAgent = {
  name: "constant",
  create: ({ actionSpace }) => {
    if (!(actionSpace instanceof Discrete)) {
      throw new ConfigError(`constant: actions must be Discrete, got ${String(actionSpace)}`);
    }
    let best = actionSpace.start;
    return {
      act: () => best,
      learn: async (env, learning) => {
        best = await bestConstant(env, actionSpace, learning);
      },
    };
  },
};

/** The first of those that paid most on average, as far as the steps last. */
async function bestConstant(env: AnyEnv, { n, start }: Discrete, { steps, seed, report }: Learning): Promise<number> {
  const returns = Array.from({ length: n }, () => new Array<number>());
  let taken = 0;
  for (let attempt = 0; attempt < TRIES * n && taken < steps; attempt++) {
    const [round, choice] = [Math.floor(attempt / n), attempt % n];
    const played = await playEpisode(env, () => start + choice, seed * TRIES + round);
    taken += played.length;
    report(taken, played.return);
    returns[choice]?.push(played.return);
  }
  const means = returns.map((own) => (own.length === 0 ? -Infinity : mean(own)));
  return start + means.indexOf(Math.max(...means));
}

/** The sum of rewards and the steps of one episode from a seed. */
async function playEpisode(env: AnyEnv, act: (obs: unknown) => unknown, seed: number) {
  let [obs] = await env.reset({ seed });
  let [total, length] = [0, 0];
  for (let isOver = false; !isOver; length++) {
    const [next, reward, terminated, truncated] = await env.step(act(obs));
    obs = next;
    total += reward;
    isOver = terminated || truncated;
  }
  return { return: total, length };
}

/** Environments that PPO learns in side by side, unless told. */
const NUM_ENVS = 16;
/** The last pictures that it sees: one does not show which way things move. */
const PICTURES = 4;

/** PPO of this package, which sees the last four frames where observations are pictures; `options` are its own. */
export function ppoAgent(options: PPOOptions = {}, numEnvs = NUM_ENVS): NamedAgent {
  const make = (envs: AnyVectorEnv, seed: number) => PPO.create(envs, options, { engine: oneThread(), seed });
  return { name: "ppo", create: (context) => new PPOPlayer({ numEnvs, make }, context) };
}

/** The agent that `PPO.save` wrote, which learns no more; where observations are pictures it must see the last four. */
export function savedPPO(folder: string): NamedAgent {
  const make = (envs: AnyVectorEnv) => PPO.load(folder, envs, { engine: oneThread() });
  return { name: "ppo", create: (context) => new PPOPlayer({ numEnvs: NUM_ENVS, make, learns: false }, context) };
}

/** Small networks gain nothing by more threads, and runs go side by side. */
function oneThread(): Engine {
  return onnxEngine({ threads: 1 });
}

/** Where a player's agent comes from. */
type PPOSource = {
  readonly numEnvs: number;
  readonly make: (envs: AnyVectorEnv, seed: number) => Promise<PPO>;
  /** Default true. */
  readonly learns?: boolean;
};

/** PPO as the benchmark plays it: it learns in a batch, and acts in a batch of one. */
class PPOPlayer implements BenchmarkAgent {
  readonly #source: PPOSource;
  readonly #context: AgentContext;
  readonly #seesPictures: boolean;
  /** The last pictures of the episode, oldest first. */
  #pictures: unknown[] = [];
  #agent: PPO | null = null;

  constructor(source: PPOSource, context: AgentContext) {
    this.#source = source;
    this.#context = context;
    this.#seesPictures = isSinglePicture(context.observationSpace);
  }

  async learn(_env: AnyEnv, { steps, makeVec, report, signal }: Learning): Promise<void> {
    const { numEnvs, make, learns = true } = this.#source;
    const envs = await makeVec(numEnvs);
    const agent = await make(this.#seesPictures ? stacked(envs) : envs, this.#context.seed);
    this.#agent = agent;
    if (!learns) return;
    for await (const { globalStep, episodes } of agent.learn({ steps })) {
      if (episodes.length > 0) report(globalStep, mean(episodes.map((episode) => episode.return)));
      if (signal.aborted) return;
    }
  }

  begin(): void {
    this.#pictures = [];
  }

  async act(obs: unknown, _info: unknown, { deterministic }: { readonly deterministic: boolean }): Promise<unknown> {
    if (this.#agent === null) throw new ConfigError("ppo: learn must come before act");
    const { observationSpace, actionSpace } = this.#context;
    const seen = concatenate(observationSpace, this.#seesPictures ? this.#remember(obs) : [obs]);
    const [action] = iterate(actionSpace, await this.#agent.act(seen, { deterministic }));
    return action;
  }

  async close(): Promise<void> {
    await this.#agent?.close();
  }

  /** The last pictures with this one; before an episode's first stand copies of it, as while learning. */
  #remember(obs: unknown): readonly unknown[] {
    const before = this.#pictures.length === 0 ? Array.from({ length: PICTURES }, () => obs) : this.#pictures;
    this.#pictures = [...before.slice(1), obs];
    return this.#pictures;
  }
}

/** Environments of pictures, which the caller has made sure of. */
function stacked(envs: AnyVectorEnv): AnyVectorEnv {
  return new VectorFrameStackObservation(envs as VectorEnv<Uint8Array, unknown, unknown, Mode>, {
    stackSize: PICTURES,
  });
}
