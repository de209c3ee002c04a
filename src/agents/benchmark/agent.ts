import { ConfigError } from "../../core/errors.ts";
import type { AnyEnv, AnyVectorEnv, Space } from "../../env/index.ts";

/** Whether the likeliest action is wanted, or a draw. */
export type ActChoice = { readonly deterministic: boolean };

/** Whoever takes part in the benchmark: anything that chooses actions. */
export type BenchmarkAgent = {
  /** An action for one observation, as `env.step` takes it. `info` is what came with the observation. */
  act(obs: unknown, info: unknown, choice: ActChoice): unknown;
  /** An episode of the evaluation begins: for agents that remember. */
  begin?(): void;
  /** Learns, for about `learning.steps` steps. `env` is one environment; `learning.makeVec` makes more of its kind. */
  learn?(env: AnyEnv, learning: Learning): Promise<void> | void;
  /** Sees the environment of the evaluation before it begins: for players that know more than what is seen. */
  watch?(env: AnyEnv): void;
  close?(): Promise<void> | void;
};

/** An episode of T steps of somebody who can play. */
export type ShownEpisode = {
  /** What was seen before each step and after the last, each as the observation space has it, [T + 1]. */
  readonly observations: readonly unknown[];
  /** What was done, as the action space has it, [T]; in a learnt world its latent actions. */
  readonly actions: readonly unknown[];
  /** 1 for steps to imitate, 0 for the others, [T]: a stumble is shown, so that one sees how it is mended. */
  readonly weights: ArrayLike<number>;
};

/** What an agent learns with. */
export type Learning = {
  /** The budget: steps of all environments together. The benchmark counts them. */
  readonly steps: number;
  readonly seed: number;
  /** Environments side by side, which the benchmark closes. */
  readonly makeVec: (numEnvs: number) => Promise<AnyVectorEnv>;
  /** Shows how to play, on levels for learning; it may end. Undefined where nobody can. The benchmark counts these steps, too. */
  readonly demonstrate?: (() => AsyncGenerator<ShownEpisode, void, undefined>) | undefined;
  /** A point of the learning curve: the mean return of the episodes that ended since the last one. */
  readonly report: (step: number, episodeReturn: number) => void;
  /** Control-C: stop soon. */
  readonly signal: AbortSignal;
};

/** What an agent is made for. */
export type AgentContext = {
  readonly observationSpace: Space<unknown>;
  readonly actionSpace: Space<unknown>;
  readonly seed: number;
};

/** Makes an agent for one run. */
export type AgentFactory = (context: AgentContext) => BenchmarkAgent | Promise<BenchmarkAgent>;

/** An agent and what the report calls it. */
export type NamedAgent = { readonly name: string; readonly create: AgentFactory };

/**
 * The factory that a value is: one already, a class, or an agent for all runs.
 * @throws ConfigError for anything else; `where` begins the message.
 */
export function agentFactory(value: unknown, where: string): AgentFactory {
  if (isClass(value)) return (context) => expectAgent(new value(context), where);
  if (isFunction(value)) return async (context) => expectAgent(await value(context), where);
  const agent = expectAgent(value, where);
  return () => agent;
}

/** What an agent may have beside `act`. */
const METHODS = ["begin", "learn", "watch", "close"] as const;

function expectAgent(value: unknown, where: string): BenchmarkAgent {
  if (isAgent(value)) {
    const wrong = METHODS.find((name) => value[name] !== undefined && typeof value[name] !== "function");
    if (wrong === undefined) return value;
    throw new ConfigError(`${where}: ${wrong} of an agent must be a function or left out, got ${typeof value[wrong]}`);
  }
  throw new ConfigError(`${where}: an agent must be an object with act(obs, info), got ${typeof value}`);
}

function isAgent(value: unknown): value is BenchmarkAgent {
  return typeof value === "object" && value !== null && "act" in value && typeof value.act === "function";
}

function isFunction(value: unknown): value is (context: AgentContext) => unknown {
  return typeof value === "function";
}

function isClass(value: unknown): value is new (context: AgentContext) => unknown {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}
