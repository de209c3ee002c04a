/**
 * Adapters from and to libraries of the time before Gymnasium 1.0, whose `step` tells the end by one flag `done`.
 *
 * Gymnasium tells two ends apart, because a value function must not count what comes after a terminal state as worth
 * nothing only because a time limit cut the episode: see https://gymnasium.farama.org/tutorials/gymnasium_basics/handling_time_limits/
 *
 * Run it with `npx tsx examples/done-adapter.ts`: it adapts a corridor there and back, checks it, and prints the return
 * of an episode on either side.
 */
import { BaseEnv, Box, Discrete } from "genie-env/env";
import type { Env, EnvInfo, ResetResult, Space, StepResult } from "genie-env/env";
import { assertEnv } from "genie-env/testing";

/** An environment as rl-ts and its like have it. An episode that a time limit cut says so in its info, as in Gym. */
export type DoneEnv<Obs, Act> = {
  reset(): Obs;
  step(action: Act): { obs: Obs; reward: number; done: boolean; info: EnvInfo };
};

/** What such a library does not say, and an `Env` must. */
export type FromDoneOptions<Obs, Act> = {
  /** Makes the environment; all its random numbers come from `random`, uniform in [0, 1). */
  readonly make: (random: () => number) => DoneEnv<Obs, Act>;
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
};

/** An `Env` out of a `done`-style environment. */
export class FromDone<Obs, Act> extends BaseEnv<Obs, Act> {
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  readonly #env: DoneEnv<Obs, Act>;

  constructor({ make, observationSpace, actionSpace }: FromDoneOptions<Obs, Act>) {
    super();
    this.observationSpace = observationSpace;
    this.actionSpace = actionSpace;
    this.#env = make(() => this.rng.uniform());
  }

  protected begin(): ResetResult<Obs, EnvInfo> {
    return [this.#env.reset(), {}];
  }

  protected advance(action: Act): StepResult<Obs, EnvInfo> {
    const { obs, reward, done, info } = this.#env.step(action);
    const truncated = done && info["TimeLimit.truncated"] === true;
    return [obs, reward, done && !truncated, truncated, info];
  }
}

/** A `done`-style environment out of an `Env`; its first reset takes the seed. */
export function toDone<Obs, Act>(env: Env<Obs, Act>, seed: number): DoneEnv<Obs, Act> {
  let unused: number | undefined = seed;
  return {
    reset() {
      const [obs] = env.reset({ seed: unused });
      unused = undefined;
      return obs;
    },
    step(action) {
      const [obs, reward, terminated, truncated, info] = env.step(action);
      const done = terminated || truncated;
      return { obs, reward, done, info: done ? { ...info, "TimeLimit.truncated": truncated && !terminated } : info };
    },
  };
}

/** Ten cells; the hero starts anywhere in the left half and is paid at the right end, within twenty steps. */
function corridor(random: () => number): DoneEnv<Float32Array, number> {
  let cell = 0;
  let steps = 0;
  return {
    reset() {
      cell = Math.floor(random() * 5);
      steps = 0;
      return Float32Array.of(cell);
    },
    step(action) {
      cell = Math.max(0, cell + (action === 1 ? 1 : -1));
      steps += 1;
      const atEnd = cell === 9;
      return {
        obs: Float32Array.of(cell),
        reward: atEnd ? 1 : 0,
        done: atEnd || steps === 20,
        info: { "TimeLimit.truncated": !atEnd && steps === 20 },
      };
    },
  };
}

/** The corridor as an `Env`. */
export function corridorEnv(): FromDone<Float32Array, number> {
  return new FromDone({
    make: corridor,
    observationSpace: new Box({ low: 0, high: 9, shape: [1], dtype: "float32" }),
    actionSpace: new Discrete(2),
  });
}

await assertEnv(corridorEnv);
const modern = corridorEnv();
modern.reset({ seed: 1 });
for (let ended = false; !ended;) {
  const [[cell], reward, terminated, truncated] = modern.step(1);
  ended = terminated || truncated;
  if (ended) console.log(`Env: cell ${cell}, reward ${reward}, terminated ${terminated}, truncated ${truncated}`);
}
const old = toDone(corridorEnv(), 1);
old.reset();
for (let ended = false; !ended;) {
  const { obs, reward, done, info } = old.step(0);
  ended = done;
  if (ended) console.log(`done: cell ${obs[0]}, reward ${reward}, cut ${String(info["TimeLimit.truncated"])}`);
}
