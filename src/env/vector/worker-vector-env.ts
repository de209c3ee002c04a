import { z } from "zod";

import { ConfigError, WorkerError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import { isRecord } from "../../core/record.ts";
import { WorkerClient, workerScript } from "../../core/worker-client.ts";
import { describe } from "../describe.ts";
import { createSharedBatch } from "../spaces/batching.ts";
import type { BatchOf } from "../spaces/rows.ts";
import { commonTemplate, templateOfTexts } from "./row-template.ts";
import type { RowTemplate } from "./row-template.ts";
import { openSource } from "./env-source.ts";
import type { EnvSource } from "./env-source.ts";
import type { RowCommand, RowOutcome, RowQuestion } from "./row-command.ts";
import { actionList } from "./actions.ts";
import type { ActionsOf } from "./actions.ts";
import type { StepWork } from "./base-vector-env.ts";
import { copyBatch } from "./batch.ts";
import { RowVectorConfig, RowVectorEnv } from "./row-vector-env.ts";
import { settleAll, Turns } from "./turns.ts";
import type { EnvAnswer, EnvRequest, RowFailure } from "./worker-protocol.ts";

const WorkerVectorConfig = RowVectorConfig.extend({
  numWorkers: z
    .int()
    .positive()
    .optional()
    .describe("threads, each with its share of the rows; one per core if missing"),
  sharedMemory: z
    .boolean()
    .default(true)
    .describe("whether threads write observations into one batch; spaces whose values vary in size need false"),
  timeout: z
    .number()
    .positive()
    .optional()
    .describe("milliseconds after which reset, step and other calls fail, and end the thread that is late"),
});
type WorkerVectorConfig = z.infer<typeof WorkerVectorConfig>;

/** What makes a `WorkerVectorEnv`. */
export type WorkerVectorOptions = z.input<typeof WorkerVectorConfig>;

type Client = WorkerClient<EnvRequest, EnvAnswer>;

/**
 * Environments side by side in worker threads, for those that compute long enough to be worth a message. They are named
 * by modules, since functions cannot go to another thread; observations come back in shared memory, infos as copies.
 *
 * What an environment throws is a `WorkerError` with its row, as is the death of a thread. Calls run in the order in
 * which they were made.
 */
export class WorkerVectorEnv<Obs, Act> extends RowVectorEnv<Obs, Act, "async"> implements AsyncDisposable {
  readonly mode = "async";
  /** The thread of each row; neighbours share one. */
  readonly #clients: readonly Client[];
  readonly #timeout: number | undefined;
  readonly #turns = new Turns();
  #ended: Promise<unknown> = Promise.resolve();

  private constructor(
    template: RowTemplate<Obs, Act>,
    clients: readonly Client[],
    config: WorkerVectorConfig,
    batch?: BatchOf<Obs>,
  ) {
    super(template, clients.length, config, batch);
    this.#clients = clients;
    this.#timeout = config.timeout;
  }

  /**
   * `sources`: one per row. The first environment is also made, and closed, in this thread, to see its spaces. `Obs` and
   * `Act` are what the caller knows about these; nothing checks them.
   * @throws ConfigError without any source, for environments whose spaces differ and for options that break a rule;
   * WorkerError for an environment that cannot be made.
   */
  static create<Obs = unknown, Act = unknown>(
    sources: readonly EnvSource[],
    options?: WorkerVectorOptions,
  ): Promise<WorkerVectorEnv<Obs, Act>>;
  static async create(
    sources: readonly EnvSource[],
    options: WorkerVectorOptions = {},
  ): Promise<WorkerVectorEnv<unknown, unknown>> {
    const config = parseOptions(WorkerVectorConfig, options, "WorkerVectorEnv");
    expectSources(sources);
    const template = await readTemplate(sources);
    const batch = config.sharedMemory ? createSharedBatch(template.observationSpace, sources.length) : undefined;
    const clients = await startThreads(sources.length, config.numWorkers);
    try {
      const rows = sources.map((source, row) => ({ row, source }));
      const answers = await askRows(clients, rows, (own) => ({ kind: "open", rows: own, batch: batch ?? null }));
      const spaces = answers.flatMap((answer) => answer.spaces ?? []);
      return new WorkerVectorEnv(templateOfTexts(template, spaces, config.observationMode), clients, config, batch);
    } catch (error) {
      await Promise.all(clients.map((client) => client.terminate()));
      throw error;
    }
  }

  /** Closes after the calls that are under way, and waits until the threads have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAfter(this.#turns.done());
    await this.#ended;
  }

  protected async command(commands: readonly RowCommand<Act>[]): Promise<RowOutcome[]> {
    const answers = await this.#ask(commands, (own) => ({ kind: "command", commands: own }));
    for (const { observations = [] } of answers) for (const [row, obs] of observations) this.place(row, obs);
    return answers.flatMap(({ outcomes = [] }) => outcomes);
  }

  protected async ask(questions: readonly RowQuestion[]): Promise<unknown[]> {
    const threads = await this.#ask(questions, (own) => ({ kind: "ask", questions: own }));
    return threads.flatMap(({ answers = [] }) => answers);
  }

  protected override free(): void {
    const threads = [...new Set(this.#clients)];
    this.#ended = Promise.all(
      threads.map((client) =>
        ask(client, { kind: "close" }, this.#timeout)
          .catch(() => undefined)
          .then(() => client.terminate()),
      ),
    );
  }

  /** The actions are ours: the caller may write over theirs while the step waits. */
  protected override prepareStep(actions: ActionsOf<Act>): StepWork<"async"> {
    return super.prepareStep(copyBatch(actionList(this, actions)));
  }

  protected override async inTurn<P, T>(prepare: () => P, work: (prepared: P) => Promise<T>): Promise<T> {
    const prepared = prepare();
    return this.#turns.run(() => work(prepared));
  }

  #ask<T extends { readonly row: number }>(
    items: readonly T[],
    request: (own: readonly T[]) => EnvRequest,
  ): Promise<EnvAnswer[]> {
    return askRows(this.#clients, items, request, this.#timeout);
  }
}

/** Asks every thread for its share of rows. Items and shares both ascend by row, so the answers are in order. */
async function askRows<T extends { readonly row: number }>(
  clients: readonly Client[],
  items: readonly T[],
  request: (own: readonly T[]) => EnvRequest,
  timeout?: number,
): Promise<EnvAnswer[]> {
  const shares = new Map<Client, T[]>();
  for (const item of items) {
    const client = clients[item.row];
    if (client === undefined) continue;
    const share = shares.get(client);
    if (share === undefined) shares.set(client, [item]);
    else share.push(item);
  }
  return settleAll([...shares].map(([client, own]) => ask(client, request(own), timeout)));
}

/** @throws WorkerError for an environment that threw, a dead thread, and after `timeout` milliseconds. */
async function ask(client: Client, request: EnvRequest, timeout?: number): Promise<EnvAnswer> {
  let isLate = false;
  const end = (): void => {
    isLate = true;
    void client.terminate();
  };
  const timer = timeout === undefined ? undefined : setTimeout(end, timeout);
  try {
    const answer = await client.ask(request);
    if (answer.failure !== undefined) throw rowError(answer.failure);
    return answer;
  } catch (error) {
    if (!isLate) throw error;
    throw new WorkerError(`worker thread: an answer must come within ${timeout} ms, got none - the thread was ended`);
  } finally {
    clearTimeout(timer);
  }
}

/** The error of an environment, as it was thrown in its thread, is the cause. */
function rowError({ row, name, message, stack }: RowFailure): WorkerError {
  const cause = Object.assign(new Error(message), { name, stack });
  return new WorkerError(`environment ${row}: ${name}: ${message}`, { row, cause });
}

/** One client per row; a thread serves neighbours. */
async function startThreads(numEnvs: number, numWorkers: number | undefined): Promise<Client[]> {
  // Imported when needed, so that everything else here also runs where there are no threads.
  const { Worker } = await import("node:worker_threads");
  const { availableParallelism } = await import("node:os");
  const numThreads = Math.min(numEnvs, numWorkers ?? availableParallelism());
  const fail = (reason: string): WorkerError =>
    new WorkerError(`worker thread: it must answer, got: ${reason} - close this environment and make a new one`);
  const threads = Array.from(
    { length: numThreads },
    () => new WorkerClient<EnvRequest, EnvAnswer>(new Worker(...workerScript("env/vector/env-worker")), fail),
  );
  return Array.from({ length: numEnvs }, (_, row) => Math.floor((row * numThreads) / numEnvs)).flatMap(
    (thread) => threads[thread] ?? [],
  );
}

/** @throws ConfigError unless each row has a module or a spec. */
function expectSources(sources: unknown): void {
  const wrong = Array.isArray(sources) ? sources.find((source) => !isSource(source)) : sources;
  if (Array.isArray(sources) && wrong === undefined) return;
  throw new ConfigError(
    `WorkerVectorEnv: a list of { module, export } or { spec } is needed, got ${describe(wrong)} - functions cannot go ` +
      "to another thread",
  );
}

function isSource(source: unknown): boolean {
  return isRecord(source) && ("spec" in source || (typeof source["module"] === "string" && "export" in source));
}

async function readTemplate([first]: readonly EnvSource[]): Promise<RowTemplate<unknown, unknown>> {
  const envs = first === undefined ? [] : [await openSource(first)];
  for (const env of envs) env.close();
  return commonTemplate(envs, "same");
}
