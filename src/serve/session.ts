import { z } from "zod";
import { ConfigError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import type { AnyVectorEnv } from "../env/env.ts";
import type { AnyEnv } from "../env/wrapper.ts";

/** How a server makes what its clients ask for. */
export type EnvMaker = {
  readonly make: (id: string, options: Readonly<Record<string, unknown>>) => Promise<AnyEnv>;
  readonly makeVec: (id: string, options: Readonly<Record<string, unknown>>) => Promise<AnyVectorEnv>;
};

const Options = z.record(z.string(), z.unknown()).default({});
const Seed = z.number().optional();

/** What a client may ask for. */
const Request = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("make"), id: z.string(), options: Options }),
  z.strictObject({ method: z.literal("makeVec"), id: z.string(), options: Options }),
  z.strictObject({
    method: z.literal("reset"),
    env: z.int(),
    seed: z.union([Seed, z.array(z.number().nullable())]),
    options: Options.optional(),
  }),
  z.strictObject({ method: z.literal("step"), env: z.int(), action: z.unknown() }),
  z.strictObject({ method: z.literal("render"), env: z.int() }),
  z.strictObject({ method: z.literal("close"), env: z.int() }),
]);
type Request = z.infer<typeof Request>;

/** An environment of a client's: single, or a batch. */
type Made = { readonly kind: "single"; readonly env: AnyEnv } | { readonly kind: "vector"; readonly env: AnyVectorEnv };
type Held = Made & { readonly rows: number };

/** The environments that all clients of a server may have together. */
export class Allowance {
  readonly #most: number;
  #left: number;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** @throws ConfigError when fewer than `rows` are left. */
  take(rows: number): void {
    if (rows > this.#left) {
      throw new ConfigError(
        `make: all clients together may have ${this.#most} environments, got ${rows} more with ${this.#left} left - ` +
          "close some, or start the server with a larger --max-envs",
      );
    }
    this.#left -= rows;
  }

  giveBack(rows: number): void {
    this.#left += rows;
  }
}

/** The environments of one client. They are closed when the client goes. */
export class ClientSession implements Disposable {
  readonly #maker: EnvMaker;
  readonly #allowance: Allowance;
  readonly #envs = new Map<number, Held>();
  #numMade = 0;

  constructor(maker: EnvMaker, allowance: Allowance) {
    this.#maker = maker;
    this.#allowance = allowance;
  }

  /** Does what a client asks for. @throws ConfigError for what is no request; whatever the environment throws. */
  async answer(message: unknown): Promise<unknown> {
    const request = parseOptions(Request, message, "request");
    switch (request.method) {
      case "make":
      case "makeVec":
        return this.#make(request);
      case "reset":
        return this.#reset(request);
      case "step":
        return this.#find(request.env).env.step(request.action);
      case "render":
        return this.#find(request.env).env.render();
      case "close":
        return this.#close(request.env);
      default:
        return request satisfies never;
    }
  }

  [Symbol.dispose](): void {
    for (const id of this.#envs.keys()) this.#close(id);
  }

  async #make({ method, id, options }: Extract<Request, { options: object; id: string }>): Promise<unknown> {
    const rows = rowsOf(options);
    this.#allowance.take(rows);
    try {
      const made: Made =
        method === "make"
          ? { kind: "single", env: await this.#maker.make(id, options) }
          : { kind: "vector", env: await this.#maker.makeVec(id, options) };
      return this.#hold({ ...made, rows });
    } catch (error) {
      this.#allowance.giveBack(rows);
      throw error;
    }
  }

  #hold(held: Held): unknown {
    const id = this.#numMade++;
    this.#envs.set(id, held);
    const { metadata, renderMode, spec } = held.env;
    const [observationSpace, actionSpace] =
      held.kind === "single"
        ? [held.env.observationSpace, held.env.actionSpace]
        : [held.env.singleObservationSpace, held.env.singleActionSpace];
    const numEnvs = held.kind === "single" ? null : held.env.numEnvs;
    const spaces = { observationSpace: observationSpace.toJSON(), actionSpace: actionSpace.toJSON() };
    return { env: id, numEnvs, ...spaces, metadata: { ...metadata }, renderMode, spec };
  }

  async #reset({ env: id, seed, options }: Extract<Request, { method: "reset" }>): Promise<unknown> {
    const held = this.#find(id);
    if (held.kind === "vector") return held.env.reset({ seed, options });
    if (typeof seed !== "object") return held.env.reset({ seed, options });
    throw new ConfigError("reset: the seed of one environment must be one number, got a list");
  }

  #find(id: number): Held {
    const held = this.#envs.get(id);
    if (held) return held;
    throw new ConfigError(`request: env must be one that this client made and did not close, got ${id}`);
  }

  #close(id: number): null {
    const held = this.#envs.get(id);
    if (held === undefined) return null;
    this.#envs.delete(id);
    this.#allowance.giveBack(held.rows);
    held.env.close();
    return null;
  }
}

/** How many environments these options ask for; whatever is no number is left to the environment to refuse. */
function rowsOf({ numEnvs }: Readonly<Record<string, unknown>>): number {
  return typeof numEnvs === "number" && numEnvs >= 1 ? numEnvs : 1;
}
