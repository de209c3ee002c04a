import { spawn, type ChildProcessByStdio } from "node:child_process";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { BackendError } from "../core/errors.ts";
import { isRecord } from "../core/record.ts";
import { encodeParts, MessageReader } from "../core/wire.ts";

type Caller = {
  readonly request: string;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
};

/** Characters of standard error that are kept, for its last line. */
const KEPT = 10_000;
const MOST = { header: 2 ** 28, body: 2 ** 32 - 1 };

/**
 * A Python program that answers messages (docs/protocol.md) on its standard input and output, in their order. It keeps this
 * process alive only while it owes an answer, and ends with it. One that dies fails all calls, those to come too.
 */
export class PythonProcess {
  readonly #python: string;
  readonly #remedy: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting: Caller[] = [];
  readonly #reader = new MessageReader(MOST);
  #said = "";
  #hasAnswered = false;
  #death: BackendError | null = null;

  /** `remedy` is what to do when it does not start. */
  constructor(python: string, args: readonly string[], remedy: string) {
    this.#python = python;
    this.#remedy = remedy;
    // Apart from this process' group: signals to all of it are for this one, which saves what there is, and needs answers for that.
    this.#child = spawn(python, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
    const { stdin, stdout, stderr } = this.#child;
    this.#hold(false);
    this.#child.on("error", (error) => this.#die(error.message));
    this.#child.on("close", (code, signal) => this.#die(`${signal ?? `status ${code}`}${this.#lastLine()}`));
    // That it no longer reads is what the end of the process tells better.
    stdin.on("error", () => {});
    stderr.setEncoding("utf8").on("data", (text: string) => (this.#said = (this.#said + text).slice(-KEPT)));
    stdout.on("data", (piece: Uint8Array) => this.#read(piece));
  }

  /** Whether it has ended: calls to come fail. */
  get isDead(): boolean {
    return this.#death !== null;
  }

  /** Sends a request and resolves to its answer. @throws BackendError for one that the program refuses, and when it died. */
  ask(request: string, content: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.#death !== null) return Promise.reject(this.#death);
    return new Promise((resolve, reject) => {
      // What cannot be sent must not be waited for.
      const parts = encodeParts({ ...content, request });
      this.#waiting.push({ request, resolve, reject });
      this.#hold(true);
      const { stdin } = this.#child;
      stdin.cork();
      for (const part of parts) stdin.write(part);
      stdin.uncork();
    });
  }

  #read(piece: Uint8Array): void {
    try {
      for (const message of this.#reader.read(piece)) this.#settle(message);
    } catch (error) {
      // Nothing that comes after it can be read.
      this.#die(`no message: ${String(error)}`);
      this.#child.kill("SIGKILL");
    }
  }

  #settle(message: unknown): void {
    this.#hasAnswered = true;
    const caller = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#hold(false);
    const { answer, error = null } = isRecord(message) ? message : {};
    if (error === null) caller?.resolve(answer);
    else caller?.reject(new BackendError(`python: ${caller.request} must succeed, got ${textOf(error)}`));
  }

  /** Whether this process stays alive for the other's sake. */
  #hold(isNeeded: boolean): void {
    const { stdin, stdout, stderr } = this.#child;
    const sockets = [stdin, stdout, stderr].filter(
      (stream): stream is Socket & typeof stream => stream instanceof Socket,
    );
    for (const handle of [this.#child, ...sockets]) {
      if (isNeeded) handle.ref();
      else handle.unref();
    }
  }

  #die(reason: string): void {
    const remedy = this.#hasAnswered ? "what it held is lost: go on from what was saved last" : this.#remedy;
    this.#death ??= new BackendError(`python: ${this.#python} must run, got ${reason} - ${remedy}`);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#death);
  }

  /** Where Python ends by an error, the last line says which; before it stands where. */
  #lastLine(): string {
    const line = this.#said.trimEnd().split("\n").at(-1);
    return line ? `: ${line}` : "";
  }
}

function textOf(error: unknown): string {
  return typeof error === "string" ? error : JSON.stringify(error);
}
