/** Runs calls that answer with promises one after another, in the order in which they were made. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when the calls before it have settled. */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Settles, without an error, when all calls so far have. */
  async done(): Promise<void> {
    await this.#last;
  }
}

/** Waits for all, also where one fails: nothing goes on behind the caller's back. Then throws the first error. */
export async function settleAll<T>(promises: readonly (T | Promise<T>)[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === "fulfilled") return result.value;
    throw result.reason;
  });
}
