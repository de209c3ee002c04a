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

/** Does `work` as an environment of this mode does: what it throws becomes a rejection where others answer with promises. */
export function attempt<T, M extends Mode>(mode: M, work: () => Reply<T, M>): Reply<T, M>;
export function attempt(mode: Mode, work: () => unknown): unknown {
  if (mode === "sync") return work();
  try {
    return work();
  } catch (error) {
    return Promise.reject(error);
  }
}

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;

/** How an environment answers: as it says, else as its `step` is declared. */
export function modeOf<M extends Mode>(env: { readonly mode?: M | undefined }): M;
export function modeOf(env: { readonly mode?: Mode | undefined }): Mode {
  return env.mode ?? (Reflect.get(env, "step") instanceof AsyncFunction ? "async" : "sync");
}
