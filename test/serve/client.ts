import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encodeMessage, MessageReader } from "../../src/core/wire.ts";

/** What a server answers. */
export type Answer = {
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
};

/** A client as plain as can be: sends messages, and waits for as many answers. */
export class TestClient {
  readonly socket: Socket;
  readonly #reader = new MessageReader();
  readonly #answers: unknown[] = [];
  #wake = () => {};
  /** Whoever asks first gets the first answer. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", () => {});
    this.socket.on("data", (bytes) => {
      this.#answers.push(...this.#reader.read(bytes));
      this.#wake();
    });
    this.socket.on("close", () => this.#wake());
  }

  /** Sends bytes as they are. */
  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  async ask(message: unknown): Promise<Answer> {
    this.send(encodeMessage(message));
    return this.next();
  }

  /** The next answer. */
  async next(): Promise<Answer> {
    const turn = this.#last.then(async () => {
      while (this.#answers.length === 0 && !this.socket.closed) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      return Object(this.#answers.shift() ?? { error: { name: "Closed", message: "the connection is closed" } });
    });
    this.#last = turn;
    return turn;
  }

  hello(token?: string): Promise<Answer> {
    return this.ask({ method: "hello", protocol: 1, token });
  }

  /** Waits until the server has hung up. */
  async gone(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, "close");
  }
}
