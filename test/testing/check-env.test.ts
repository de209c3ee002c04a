import { expect, test } from "vitest";

import { InvalidActionError, ResetNeededError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import type { Env, ResetArgs, StepResult } from "../../src/env/index.ts";
import { Box, Discrete, GenieEnv } from "../../src/env/index.ts";
import { assertEnv, checkEnv, FakeWorldModel } from "../../src/testing/index.ts";

/** Catch-sized: a number drifts by the action and by chance; every method can be broken on its own. */
class DriftEnv implements Env<Float32Array, number, Record<string, unknown>> {
  readonly metadata = { renderModes: [] };
  readonly renderMode = null;
  readonly observationSpace = new Box({ low: -100, high: 100, shape: [1], dtype: "float32" });
  readonly actionSpace = new Discrete(3);
  readonly spec = null;
  readonly rngSeed = -1;
  rng = new Rng(0);
  protected position: number | null = null;
  protected steps = 0;

  get unwrapped(): this {
    return this;
  }

  reset({ seed }: ResetArgs = {}): [Float32Array, Record<string, unknown>] {
    if (seed !== undefined) this.rng = new Rng(seed);
    this.position = this.rng.uniform();
    this.steps = 0;
    return [this.observe(), {}];
  }

  step(action: number): StepResult<Float32Array, Record<string, unknown>> {
    if (this.position === null) throw new ResetNeededError("step: reset first");
    if (!this.actionSpace.contains(action)) throw new InvalidActionError("step: invalid");
    this.position += action - 1 + this.rng.uniform();
    this.steps += 1;
    return [this.observe(), 1, this.steps === 20, false, {}];
  }

  render(): null {
    return null;
  }

  close(): void {}

  protected observe(): Float32Array {
    return Float32Array.of(this.position ?? 0);
  }
}

const codes = async (env: DriftEnv): Promise<string[]> => {
  const findings = await checkEnv(env, { options: { start: [1] } });
  return [...new Set(findings.map(({ code }) => code))];
};

test("nothing is found in a sound environment", async () => {
  expect(await checkEnv(new DriftEnv())).toEqual([]);
});

test("GenieEnv keeps the contract in every mode of observation", async () => {
  for (const observation of ["pixels", "tokens", "both"] as const) {
    const world = new FakeWorldModel({ noise: 0.3 });
    const prompts = [world.prompt(0), world.prompt(9)];
    const env = await GenieEnv.fromWorld(world, { observation, prompts, horizon: 15 });
    expect(await checkEnv(env)).toEqual([]);
  }
});

const shared = new Float32Array(1);
let calls = 0;
let closed = 0;

const BROKEN: Record<string, DriftEnv> = {
  "step-before-reset": new (class extends DriftEnv {
    protected override position: number | null = 0;
  })(),
  "sample-outside-space": new (class extends DriftEnv {
    override readonly actionSpace = new (class extends Discrete {
      override sample(): number {
        return 3;
      }
    })(3);
    override step(action: number): StepResult<Float32Array, Record<string, unknown>> {
      return super.step(action === 3 ? 0 : action);
    }
  })(),
  "obs-outside-space": new (class extends DriftEnv {
    override observe(): Float32Array {
      return Float32Array.of(this.position ?? 0, 0);
    }
  })(),
  "obs-nan": new (class extends DriftEnv {
    override observe(): Float32Array {
      return Float32Array.of(this.steps === 7 ? Number.NaN : 0);
    }
  })(),
  "reward-not-finite": new (class extends DriftEnv {
    override step(action: number): StepResult<Float32Array, Record<string, unknown>> {
      const [obs, , terminated, truncated, info] = super.step(action);
      return [obs, Infinity, terminated, truncated, info];
    }
  })(),
  "not-deterministic": new (class extends DriftEnv {
    override observe(): Float32Array {
      return Float32Array.of((calls += 1) % 50);
    }
  })(),
  "buffer-reused": new (class extends DriftEnv {
    override observe(): Float32Array {
      shared[0] = this.position ?? 0;
      return shared;
    }
  })(),
  "options-mutated": new (class extends DriftEnv {
    override reset(args: ResetArgs = {}): [Float32Array, Record<string, unknown>] {
      const start = args.options?.["start"];
      if (Array.isArray(start)) start.pop();
      return super.reset(args);
    }
  })(),
  "invalid-action-accepted": new (class extends DriftEnv {
    override step(action: number): StepResult<Float32Array, Record<string, unknown>> {
      return super.step(action === -1 ? 0 : action);
    }
  })(),
  "invalid-action-changed-state": new (class extends DriftEnv {
    override step(action: number): StepResult<Float32Array, Record<string, unknown>> {
      if (action === -1) this.rng.uniform();
      return super.step(action);
    }
  })(),
  "info-not-cloneable": new (class extends DriftEnv {
    override reset(args: ResetArgs = {}): [Float32Array, Record<string, unknown>] {
      return [super.reset(args)[0], { why: () => "no worker can have this" }];
    }
  })(),
  "close-twice": new (class extends DriftEnv {
    override close(): void {
      if ((closed += 1) > 1) throw new Error("closed already");
    }
  })(),
};

test.each(Object.entries(BROKEN))("finds %s", async (code, env) => {
  expect(await codes(env)).toContain(code);
});

test("a single fault is the single finding", async () => {
  class ReusesBuffer extends DriftEnv {
    readonly #buffer = new Float32Array(1);
    override observe(): Float32Array {
      this.#buffer[0] = this.position ?? 0;
      return this.#buffer;
    }
  }
  expect(await codes(new ReusesBuffer())).toEqual(["buffer-reused"]);
});

test("assertEnv throws what is wrong, and lets a sound environment pass", async () => {
  class AcceptsAll extends DriftEnv {
    override step(action: number): StepResult<Float32Array, Record<string, unknown>> {
      return super.step(action === -1 ? 0 : action);
    }
  }
  await expect(assertEnv(new AcceptsAll())).rejects.toThrow(/got -1 \(invalid-action-accepted\)/);
  await expect(assertEnv(new DriftEnv())).resolves.toBeUndefined();
});
