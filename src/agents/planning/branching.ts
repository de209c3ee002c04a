import { ConfigError } from "../../core/errors.ts";
import { Discrete, iterate, type AnyVectorEnv } from "../../env/index.ts";

/**
 * Environments side by side whose states can be saved and put into any row, as `GenieVectorEnv`. A state holds its
 * random stream: whoever goes on from it with the same actions sees the same.
 */
export type BranchingEnv<State> = AnyVectorEnv & {
  getState(): Promise<readonly State[]> | readonly State[];
  setState(states: readonly State[]): Promise<void> | void;
};

/** How good it is to see an observation: the higher, the better. */
export type Objective = (obs: unknown) => number;

/** What a plan is to reach. */
export type PlanGoal<State> = {
  /** Where the plan begins: one row's state. */
  readonly from: State;
  readonly objective: Objective;
  /** A plan that gets so far is good enough; Infinity by default, which is never. */
  readonly enough?: number | undefined;
  /** Steps that a plan may take. */
  readonly horizon: number;
};

/** What to do, and what is then seen. */
export type Plan = {
  /** Actions from the start to the best observation; none where no step makes it better. */
  readonly actions: readonly number[];
  /** What the objective says of the last observation; of the start where there is no action. */
  readonly value: number;
  /** Steps that planning took, of all rows together. */
  readonly steps: number;
};

/** Rows after one step each from states of their own. */
export type Branches<State> = {
  readonly states: readonly State[];
  readonly values: readonly number[];
  readonly observations: readonly unknown[];
  /** Rows whose episode is over: nothing goes on from there. */
  readonly ended: readonly boolean[];
};

/** Rolls plans out in the rows of an environment, as many at once as it has rows. */
export class Branching<State> {
  readonly numActions: number;
  readonly firstAction: number;
  readonly numRows: number;
  steps = 0;
  readonly #env: BranchingEnv<State>;
  readonly #objective: Objective;

  /** @throws ConfigError unless actions are Discrete. */
  constructor(env: BranchingEnv<State>, objective: Objective) {
    const { singleActionSpace } = env;
    if (!(singleActionSpace instanceof Discrete)) {
      throw new ConfigError(`plan: actions must be Discrete, got ${String(singleActionSpace)}`);
    }
    this.numActions = singleActionSpace.n;
    this.firstAction = singleActionSpace.start;
    this.numRows = env.numEnvs;
    this.#env = env;
    this.#objective = objective;
  }

  /** One step from each state, in batches. */
  async expand(states: readonly State[], actions: readonly number[]): Promise<Branches<State>> {
    const parts: Branches<State>[] = [];
    for (let from = 0; from < states.length; from += this.numRows) {
      const [some, chosen] = [states.slice(from, from + this.numRows), actions.slice(from, from + this.numRows)];
      await this.#env.setState(this.#filled(some));
      const seen = await this.#step(this.#filled(chosen), some.length);
      parts.push({ ...seen, states: (await this.#env.getState()).slice(0, some.length) });
    }
    return {
      states: parts.flatMap((part) => part.states),
      values: parts.flatMap((part) => part.values),
      observations: parts.flatMap((part) => part.observations),
      ended: parts.flatMap((part) => part.ended),
    };
  }

  /** The values that each sequence of actions sees from one state on, step by step, until its episode ends. */
  async roll(from: State, sequences: readonly (readonly number[])[]): Promise<number[][]> {
    const values: number[][] = [];
    for (let first = 0; first < sequences.length; first += this.numRows) {
      values.push(...(await this.#rollSome(from, sequences.slice(first, first + this.numRows))));
    }
    return values;
  }

  async #rollSome(from: State, sequences: readonly (readonly number[])[]): Promise<number[][]> {
    await this.#env.setState(this.#filled(sequences.map(() => from)));
    const values: number[][] = sequences.map(() => []);
    const isOver = sequences.map(() => false);
    const horizon = Math.max(...sequences.map(({ length }) => length));
    for (let t = 0; t < horizon && isOver.includes(false); t++) {
      const actions = sequences.map((sequence) => sequence[t] ?? this.firstAction);
      const seen = await this.#step(this.#filled(actions), sequences.length);
      for (const [row, value] of seen.values.entries()) {
        if (isOver[row]) continue;
        values[row]?.push(value);
        isOver[row] = seen.ended[row] ?? false;
      }
    }
    return values;
  }

  async #step(actions: readonly number[], count: number): Promise<Omit<Branches<State>, "states">> {
    const [obs, , terminated, truncated] = await this.#env.step(Int32Array.from(actions));
    this.steps += count;
    const observations = iterate(this.#env.singleObservationSpace, obs).slice(0, count);
    return {
      observations,
      values: observations.map(this.#objective),
      ended: observations.map((_, row) => terminated[row] === 1 || truncated[row] === 1),
    };
  }

  /** As many as there are rows: those that are left over repeat the first. */
  #filled<T>(items: readonly T[]): T[] {
    const [first] = items;
    if (first === undefined) throw new ConfigError("plan: a batch must have one row or more, got none");
    return Array.from({ length: this.numRows }, (_, row) => items[row] ?? first);
  }
}
