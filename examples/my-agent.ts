/**
 * A template of an agent for the benchmark: anything with `act(obs, info)`, and `learn(env, learning)` if it learns.
 *
 * What it does is simple on purpose: it tries each action for a while, and then mostly holds the one that paid most
 * (https://en.wikipedia.org/wiki/Multi-armed_bandit).
 *
 *   npx genie-env benchmark --agents ./examples/my-agent.ts --worlds Catch-v0 --seeds 2 --steps 2000 --out runs/mine
 */
import type { AgentContext, BenchmarkAgent, Learning } from "genie-env/agents";
import { ConfigError, Discrete, type AnyEnv } from "genie-env/env";

/** The benchmark makes one per run: `new MyAgent({ observationSpace, actionSpace, seed })`. A function may do so, too. */
export class MyAgent implements BenchmarkAgent {
  readonly #actions: Discrete;
  #best = 0;

  constructor({ actionSpace, seed }: AgentContext) {
    if (!(actionSpace instanceof Discrete))
      throw new ConfigError(`MyAgent: actions must be Discrete, got ${String(actionSpace)}`);
    this.#actions = actionSpace;
    this.#actions.seed(seed);
  }

  /** Called first, if it is there. Take about `steps` steps; `makeVec(n)` makes environments side by side. */
  async learn(env: AnyEnv, { steps, seed, report, signal }: Learning): Promise<void> {
    const paid = new Float64Array(this.#actions.n);
    const tries = new Float64Array(this.#actions.n);
    let step = 0;
    for (let episode = 0; step < steps && !signal.aborted; episode++) {
      const arm = episode % this.#actions.n;
      await env.reset(episode === 0 ? { seed } : {});
      let episodeReturn = 0;
      let isOver = false;
      for (; !isOver && step < steps; step++) {
        const [, reward, terminated, truncated] = await env.step(this.#actions.start + arm);
        episodeReturn += reward;
        isOver = terminated || truncated;
      }
      // An episode that the budget cut short says too little.
      if (!isOver) break;
      paid[arm] = Number(paid[arm]) + episodeReturn;
      tries[arm] = Number(tries[arm]) + 1;
      // A point of the learning curve in the report.
      report(step, episodeReturn);
    }
    // What was never tried is never best.
    const means = paid.map((total, arm) => (tries[arm] === 0 ? -Infinity : total / Number(tries[arm])));
    this.#best = means.indexOf(Math.max(...means));
  }

  /** An action for what is seen; `deterministic` asks for the likeliest one. */
  act(_obs: unknown, _info: unknown, { deterministic }: { readonly deterministic: boolean }): number {
    return deterministic ? this.#actions.start + this.#best : this.#actions.sample();
  }
}
