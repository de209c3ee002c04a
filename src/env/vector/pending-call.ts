import { AlreadyPendingCallError, NoAsyncCallError } from "../../core/errors.ts";
import type { Mode, Reply } from "../reply.ts";

/** The calls of a vector environment that can be begun now and waited for later. */
export type PendingName = "reset" | "step" | "call";

type Begun = { readonly name: PendingName; readonly take: () => unknown; isSettled: boolean };

/** The one call of an environment that was begun and not yet waited for, as in Gymnasium's AsyncVectorEnv. */
export class PendingCall {
  #begun: Begun | null = null;

  /** Whether a call is under way that nobody has waited for. */
  get isRunning(): boolean {
    return this.#begun?.isSettled === false;
  }

  /** Begins a call while none is pending. What it throws, or rejects with, waits for `end`. */
  begin<M extends Mode>(name: PendingName, call: () => Reply<unknown, M>): void {
    const begun: Begun = { name, take: takeLater(call), isSettled: true };
    this.#begun = begun;
    const answer = settled(begun.take);
    if (!(answer instanceof Promise)) return;
    begun.isSettled = false;
    const settle = (): void => {
      begun.isSettled = true;
    };
    // An error that nobody waits for must not end the process.
    answer.then(settle, settle);
  }

  /** The answer of the call of this name. @throws NoAsyncCallError unless it was begun. */
  end(name: PendingName): unknown {
    const begun = this.#begun;
    if (begun?.name !== name) {
      const got = begun === null ? "none" : `a ${begun.name}`;
      throw new NoAsyncCallError(`${name}Wait: a ${name} must be pending, got ${got} - call ${name}Async before`);
    }
    this.#begun = null;
    return begun.take();
  }

  /** @throws AlreadyPendingCallError while a call is pending; `where` begins the message. */
  expectNone(where: string): void {
    if (this.#begun === null) return;
    const { name } = this.#begun;
    throw new AlreadyPendingCallError(`${where}: no call may be pending, got a ${name} - wait for it by ${name}Wait`);
  }

  /** Forgets the call: its environment is closed. */
  drop(): void {
    this.#begun = null;
  }
}

/** Calls now. What is returned gives the answer, or throws what the call threw. */
function takeLater(call: () => unknown): () => unknown {
  try {
    const answer = call();
    return () => answer;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** The answer, if there is one already. */
function settled(take: () => unknown): unknown {
  try {
    return take();
  } catch {
    return undefined;
  }
}
