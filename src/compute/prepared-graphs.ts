import { ClosedError } from "../core/errors.ts";
import type { Executable } from "./engine.ts";

/** Executables by key, each prepared when it is first asked for, and closed together. */
export class PreparedGraphs<Key> {
  readonly #owner: string;
  readonly #graphs = new Map<Key, Promise<Executable>>();
  #isClosed = false;

  /** `owner` begins the errors. */
  constructor(owner: string) {
    this.#owner = owner;
  }

  /** The executable of this key. What could not be prepared is tried anew. @throws ClosedError once they are closed. */
  get(key: Key, prepare: () => Promise<Executable>): Promise<Executable> {
    if (this.#isClosed) throw new ClosedError(`${this.#owner}: it is closed - load it again`);
    const known = this.#graphs.get(key);
    if (known) return known;
    const graph = prepare();
    this.#graphs.set(key, graph);
    graph.catch(() => this.#graphs.delete(key));
    return graph;
  }

  /** Closes all, those too that are still being prepared. May be called twice. */
  close(): void {
    this.#isClosed = true;
    for (const graph of this.#graphs.values()) {
      // Whoever asked for a graph that could not be prepared was told; there is nothing to close.
      graph.then(
        (executable) => executable.close(),
        () => {},
      );
    }
    this.#graphs.clear();
  }
}
