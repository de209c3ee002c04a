import { ClosedError, ResetNeededError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { describeEnv } from "./describe.ts";
import type { Env, EnvInfo, EnvMetadata, RenderFrame, RenderMode, ResetArgs, ResetResult, StepResult } from "./env.ts";
import { expectResetArgs } from "./reset-args.ts";
import { entropySeed, expectRng, seededRng } from "./seeding.ts";
import type { Space } from "./spaces/space.ts";
import type { EnvSpec } from "./spec.ts";
import { invalidAction } from "./vector/actions.ts";

/**
 * What every environment written in TypeScript shares: its random stream, and refusing misuse before anything changes.
 * A subclass says how an episode begins, how it goes on, and how it looks.
 */
export abstract class BaseEnv<Obs, Act, Info = EnvInfo> implements Env<Obs, Act, Info>, Disposable {
  readonly mode = "sync";
  readonly metadata: EnvMetadata = { renderModes: [] };
  readonly renderMode: RenderMode = null;
  spec: EnvSpec | null = null;
  abstract readonly observationSpace: Space<Obs>;
  abstract readonly actionSpace: Space<Act>;
  #rng: Rng | null = null;
  #rngSeed = -1;
  #phase: "fresh" | "running" | "ended" | "closed" = "fresh";

  /** Starts an episode. Refuses bad options before anything else; all randomness is drawn from `this.rng`. */
  protected abstract begin(options: Readonly<Record<string, unknown>>): ResetResult<Obs, Info>;

  /** One step with a member of the action space, within an episode. */
  protected abstract advance(action: Act): StepResult<Obs, Info>;

  /** The current state as the render mode shows it. */
  protected draw(): RenderFrame {
    return null;
  }

  get unwrapped(): this {
    return this;
  }

  get rng(): Rng {
    return this.#rng ?? this.#seed(entropySeed());
  }

  /** A stream set from outside has no seed that anybody knows. */
  set rng(rng: Rng) {
    this.#rng = expectRng(rng);
    this.#rngSeed = -1;
  }

  get rngSeed(): number {
    if (this.#rng === null) this.#seed(entropySeed());
    return this.#rngSeed;
  }

  /** @throws ConfigError for arguments that break a rule, before anything changes; ClosedError after `close`. */
  reset(args: ResetArgs = {}): ResetResult<Obs, Info> {
    this.#expectOpen("reset");
    const { seed, options = {} } = expectResetArgs(args);
    const [rng, rngSeed] = [this.#rng, this.#rngSeed];
    if (seed !== undefined) this.#seed(seed);
    try {
      const result = this.begin(options);
      this.#phase = "running";
      return result;
    } catch (error) {
      this.#rng = rng;
      this.#rngSeed = rngSeed;
      throw error;
    }
  }

  step(action: Act): StepResult<Obs, Info> {
    if (this.#phase !== "running") this.#refuse("step");
    if (!this.actionSpace.contains(action)) throw invalidAction(this.actionSpace, action);
    const result = this.advance(action);
    if (result[2] || result[3]) this.#phase = "ended";
    return result;
  }

  render(): RenderFrame {
    this.#expectOpen("render");
    if (this.#phase === "fresh") this.#refuse("render");
    return this.draw();
  }

  close(): void {
    this.#phase = "closed";
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return describeEnv(this);
  }

  #seed(seed: number): Rng {
    this.#rng = seededRng(seed, "reset");
    this.#rngSeed = seed;
    return this.#rng;
  }

  #expectOpen(where: string): void {
    if (this.#phase === "closed") throw new ClosedError(`${where}: the environment is closed - make a new one`);
  }

  #refuse(where: string): never {
    this.#expectOpen(where);
    const why = this.#phase === "ended" ? "the episode is over" : "no episode has begun";
    throw new ResetNeededError(`${where}: ${why} - call reset first`);
  }
}
