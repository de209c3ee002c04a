import { z } from "zod";
import { ConfigError, DataError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import { Discrete, iterate, type AnyVectorEnv } from "../../env/index.ts";
import { lastObservation } from "../rollout.ts";

/**
 * Environments side by side whose states can be saved and put into any row, as `GenieVectorEnv`. A state holds its
 * random stream: whoever goes on from it with the same actions sees the same.
 */
export type BranchingEnv<State> = AnyVectorEnv & {
  /** The states of all rows; where it can, those of `rows` only, in that order. */
  getState(rows?: readonly number[]): Promise<readonly State[]> | readonly State[];
  setState(states: readonly State[]): Promise<void> | void;
};

/** How good it is to see an observation: the higher, the better; never NaN. */
export type Objective = (obs: unknown) => number;

/** What a plan is to reach. */
export type PlanGoal<State> = {
  /** Where the plan begins: one row's state. */
  readonly from: State;
  /**
   * What is seen there: where no plan leads to anything better, the plan is empty. A state does not show it; without it the
   * start is not judged, and a plan has one action at least, unless nothing is better than -Infinity.
   */
  readonly observation?: unknown;
  readonly objective: Objective;
  /** A plan that gets so far is good enough; Infinity by default, which is never. */
  readonly enough?: number | undefined;
  /** Steps that a plan may take. */
  readonly horizon: number;
};

/** What to do, and what is then seen. */
export type Plan = {
  /** Actions from the start to the best observation; none where the start is judged and no step makes it better. */
  readonly actions: readonly number[];
  /** What the objective says of the last observation, the start's where there is no action. */
  readonly value: number;
  /** Steps that planning took, of all rows together. */
  readonly steps: number;
};

const GoalConfig = z.strictObject({
  from: z.custom<unknown>((state) => state !== undefined, "must be a state, as getState returns one for each row"),
  observation: z.unknown().optional(),
  objective: z.custom<Objective>((value) => typeof value === "function", "must be a function of an observation"),
  enough: z
    .custom<number>((value) => typeof value === "number" && !Number.isNaN(value), "must be a number")
    .default(Infinity),
  horizon: z.int().positive(),
});

/** A row after a step. */
export type Branch = {
  readonly row: number;
  readonly observation: unknown;
  readonly value: number;
  /** Whether its episode is over: nothing goes on from there. */
  readonly hasEnded: boolean;
};

/** Rolls plans out in the rows of an environment, as many at once as it has rows. */
export class Branching<State> {
  readonly numActions: number;
  readonly firstAction: number;
  readonly numRows: number;
  steps = 0;
  /** Rows of the last step that tried something. */
  #numTried = 0;
  readonly horizon: number;
  readonly enough: number;
  /** What the objective says of the start; -Infinity where nobody says what is seen there. */
  readonly start: number;
  readonly #env: BranchingEnv<State>;
  readonly #objective: Objective;

  /** @throws ConfigError for a goal that breaks a rule (`where` begins the message), or actions that are not Discrete. */
  constructor(env: BranchingEnv<State>, goal: PlanGoal<State>, where: string) {
    const { objective, enough, horizon, observation } = parseOptions(GoalConfig, goal, where);
    const { singleActionSpace } = env;
    if (!(singleActionSpace instanceof Discrete)) {
      throw new ConfigError(`plan: actions must be Discrete, got ${String(singleActionSpace)}`);
    }
    this.numActions = singleActionSpace.n;
    this.firstAction = singleActionSpace.start;
    this.numRows = env.numEnvs;
    this.#env = env;
    this.#objective = objective;
    this.horizon = horizon;
    this.enough = enough;
    this.start = observation === undefined ? -Infinity : this.#judge(observation);
  }

  /** In parts that have a row for each. */
  batches<T>(items: readonly T[]): T[][] {
    const count = Math.ceil(items.length / this.numRows);
    return Array.from({ length: count }, (_, i) => items.slice(i * this.numRows, (i + 1) * this.numRows));
  }

  /** One step from each of as many states as there are rows, or fewer. */
  async expand(tries: readonly { readonly state: State; readonly action: number }[]): Promise<Branch[]> {
    await this.#env.setState(this.#filled(tries.map(({ state }) => state)));
    return this.#step(tries.map(({ action }) => action));
  }

  /** Branches of the last step with their states. */
  async save<T extends Branch>(branches: readonly T[]): Promise<(T & { readonly state: State })[]> {
    if (branches.length === 0) return [];
    const rows = branches.map(({ row }) => row).toSorted((a, b) => a - b);
    const states = await this.#env.getState(rows);
    // All rows, where there are no fewer; rows were asked for as they rise, so that these are in their places as well.
    const areAll = states.length === this.numRows;
    return branches.flatMap((branch) => {
      const state = states[areAll ? branch.row : rows.indexOf(branch.row)];
      return state === undefined ? [] : [{ ...branch, state }];
    });
  }

  /** The values that each sequence of actions sees from one state on, step by step, until its episode ends. */
  async roll(from: State, sequences: readonly (readonly number[])[]): Promise<number[][]> {
    const values: number[][] = [];
    for (const some of this.batches(sequences)) values.push(...(await this.#rollSome(from, some)));
    return values;
  }

  async #rollSome(from: State, sequences: readonly (readonly number[])[]): Promise<number[][]> {
    await this.#env.setState(this.#filled(sequences.map(() => from)));
    const values: number[][] = sequences.map(() => []);
    const isOver = sequences.map(() => false);
    const horizon = Math.max(...sequences.map(({ length }) => length));
    for (let t = 0; t < horizon && isOver.includes(false); t++) {
      const branches = await this.#step(sequences.map((sequence) => sequence[t] ?? this.firstAction));
      for (const { row, value, hasEnded } of branches) {
        if (isOver[row]) continue;
        values[row]?.push(value);
        isOver[row] = hasEnded;
      }
      const ended = branches.filter(({ hasEnded }) => hasEnded).map(({ row }) => row);
      if (ended.length > 0 && isOver.includes(false)) await this.#restart(ended, from);
    }
    return values;
  }

  /** Without autoreset a row that has ended takes no step, and nor do the others: it goes on from the start, unheeded. */
  async #restart(ended: readonly number[], from: State): Promise<void> {
    if (this.#env.metadata.autoresetMode !== "Disabled") return;
    const states = await this.#env.getState();
    // Rows beyond the sequences repeat the first, and end with it.
    const isEnded = (row: number) => ended.includes(row) || (ended.includes(0) && row >= this.#numTried);
    await this.#env.setState(states.map((state, row) => (isEnded(row) ? from : state)));
  }

  /** One step of as many rows as there are actions; the others go with the first. */
  async #step(actions: readonly number[]): Promise<Branch[]> {
    const [obs, , terminated, truncated, info] = await this.#env.step(Int32Array.from(this.#filled(actions)));
    this.steps += actions.length;
    this.#numTried = actions.length;
    const isSameStep = this.#env.metadata.autoresetMode === "SameStep";
    const observations = iterate(this.#env.singleObservationSpace, obs).slice(0, actions.length);
    return observations.map((shown, row) => {
      const hasEnded = terminated[row] === 1 || truncated[row] === 1;
      const observation = hasEnded && isSameStep ? lastObservation(info, row, "plan") : shown;
      return { row, observation, value: this.#judge(observation), hasEnded };
    });
  }

  #judge(observation: unknown): number {
    const value = this.#objective(observation);
    if (typeof value === "number" && !Number.isNaN(value)) return value;
    throw new DataError(`plan: the objective must return a number, got ${String(value)}`);
  }

  /** As many as there are rows: those that are left over repeat the first. */
  #filled<T>(items: readonly T[]): T[] {
    const [first] = items;
    if (first === undefined) throw new ConfigError("plan: a batch must have one row or more, got none");
    return Array.from({ length: this.numRows }, (_, row) => items[row] ?? first);
  }
}
