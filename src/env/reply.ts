/** How an environment answers: at once, or with promises. */
export type Mode = "sync" | "async";

/** An answer in either mode. */
export type Reply<T, M extends Mode> = M extends "sync" ? T : Promise<T>;

/**
 * Applies `next` to an answer, now or when it arrives. What `next` returns may be an answer itself: wrappers are
 * written once, as the steps that follow one another, and serve environments of both modes.
 */
export function andThen<A, B, M extends Mode>(reply: Reply<A, M>, next: (value: A) => B | Reply<B, M>): Reply<B, M>;
export function andThen(reply: unknown, next: (value: unknown) => unknown): unknown {
  return reply instanceof Promise ? reply.then(next) : next(reply);
}
