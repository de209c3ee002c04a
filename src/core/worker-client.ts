import type { MessagePort, Worker } from "node:worker_threads";

/** A request with its number. */
type WorkerCall<Request> = { readonly call: number; readonly request: Request };

/** The answer to the call of the same number, or the message of the error that it ended with. */
type WorkerAnswer<Answer> = { readonly call: number } & ({ readonly answer: Answer } | { readonly error: string });

type Caller<Answer> = { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void };

/**
 * A worker thread and the calls that it has not answered. It keeps the process alive only while there are any. A thread
 * that dies fails all calls, those to come too.
 */
export class WorkerClient<Request, Answer> {
  readonly #worker: Worker;
  readonly #toError: (reason: string) => Error;
  readonly #waiting = new Map<number, Caller<Answer>>();
  #numCalls = 0;
  #death: Error | null = null;

  /** `toError` makes the error that a caller sees of why a call or the thread failed. */
  constructor(worker: Worker, toError: (reason: string) => Error) {
    this.#worker = worker;
    this.#toError = toError;
    worker.unref();
    worker.on("message", (message: WorkerAnswer<Answer>) => this.#settle(message));
    worker.on("error", (error) => this.#die(error.message));
    worker.on("exit", (code) => this.#die(`the thread ended with status ${code}`));
  }

  /** `transfer`: memory that is handed over instead of copied. @throws DataCloneError for a request that cannot be copied. */
  ask(request: Request, transfer: readonly ArrayBuffer[] = []): Promise<Answer> {
    if (this.#death !== null) return Promise.reject(this.#death);
    const call = this.#numCalls++;
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ call, request }, [...transfer]);
      this.#waiting.set(call, { resolve, reject });
      this.#worker.ref();
    });
  }

  /** Whether the thread has ended: calls to come fail. */
  get isDead(): boolean {
    return this.#death !== null;
  }

  /** Ends the thread, whatever it is doing; calls that it has not answered fail. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(message: WorkerAnswer<Answer>): void {
    const caller = this.#waiting.get(message.call);
    this.#waiting.delete(message.call);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("error" in message) caller?.reject(this.#toError(message.error));
    else caller?.resolve(message.answer);
  }

  #die(reason: string): void {
    this.#death ??= this.#toError(reason);
    for (const { reject } of this.#waiting.values()) reject(this.#death);
    this.#waiting.clear();
  }
}

/**
 * Within a worker thread: answers the calls of a `WorkerClient`, one after another. `answer` says what requests are;
 * nothing checks it. `transferOf`: memory of an answer that is handed over instead of copied.
 */
export function serveCalls<Answer>(
  port: MessagePort | null,
  answer: (request: never) => Promise<Answer>,
  transferOf: (answer: Answer) => ArrayBuffer[] = () => [],
): void {
  let last: Promise<unknown> = Promise.resolve();
  const reply = async ({ call, request }: WorkerCall<never>): Promise<void> => {
    try {
      const value = await answer(request);
      port?.postMessage({ call, answer: value }, transferOf(value));
    } catch (error) {
      port?.postMessage({ call, error: error instanceof Error ? error.message : String(error) });
    }
  };
  port?.on("message", (message: WorkerCall<never>) => {
    last = last.then(() => reply(message));
  });
}

/**
 * What `new Worker` is given for the module `src/<entry>.ts` of ours. In the package it is JavaScript; beside the sources
 * it is TypeScript, which Node 20 cannot load by itself.
 */
export function workerScript(entry: string): [script: string | URL, options: { readonly eval: boolean }] {
  // Bundled, this module is a file at the root of the package's `dist`.
  if (!import.meta.url.endsWith(".ts")) return [new URL(`./${entry}.js`, import.meta.url), { eval: false }];
  const source = new URL(`../${entry}.ts`, import.meta.url).href;
  return [`import("${findTsx()}").then(({ tsImport }) => tsImport("${source}", "${source}"))`, { eval: true }];
}

/** Found from here where that can be: a worker would look for it from the folder that the process was started in. */
function findTsx(): string {
  const name = "tsx/esm/api";
  try {
    return import.meta.resolve(name);
  } catch {
    // Test runners that load modules their own way do not resolve; they run in the clone.
    return name;
  }
}
