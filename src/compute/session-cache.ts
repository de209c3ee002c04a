import { createHash } from "node:crypto";

/** What is shared: something that is expensive to open, has no state of its own, and is released once. */
export type Releasable = { readonly release: () => Promise<unknown> };

/** An open session, and how its user gives it back; the last one releases it. */
export type SharedSession<T> = { readonly session: T; readonly leave: () => void };

type Entry<T> = { readonly session: Promise<T>; users: number };

/**
 * Sessions of ONNX files, shared by their bytes and options: a world that is opened twice, or by many environments, is
 * optimised and packed once.
 */
export class SessionCache<T extends Releasable> {
  readonly #entries = new Map<string, Entry<T>>();

  /** How many sessions are open, or on their way. */
  get size(): number {
    return this.#entries.size;
  }

  /** The session of these bytes under these options: one that is open already, or the one that `create` opens. */
  async share(bytes: Uint8Array, options: object, create: () => Promise<T>): Promise<SharedSession<T>> {
    const key = createHash("sha256").update(JSON.stringify(options)).update(bytes).digest("hex");
    const entry = this.#entries.get(key) ?? { session: create(), users: 0 };
    this.#entries.set(key, entry);
    entry.users++;
    try {
      const session = await entry.session;
      return { session, leave: () => this.#leave(key, entry, session) };
    } catch (error) {
      this.#leave(key, entry);
      throw error;
    }
  }

  #leave(key: string, entry: Entry<T>, session?: T): void {
    entry.users--;
    if (entry.users > 0) return;
    this.#entries.delete(key);
    // Releasing is all that is left to do with a session; a failure would have nobody to tell.
    session?.release().catch(() => {});
  }
}
