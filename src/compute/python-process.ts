import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { BackendError } from "../core/errors.ts";
import { isRecord } from "../core/record.ts";
import { encodeParts, MessageReader } from "../core/wire.ts";

type Caller = {
  readonly request: string;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
};

/** What a process has said on standard error, as far as an error quotes it. */
const QUOTED = 2000;
const MOST = { header: 2 ** 28, body: 2 ** 32 - 1 };

/**
 * A Python program that answers messages (docs/protocol.md) on its standard input and output, in their order. It keeps this
 * process alive only while it owes an answer, and ends with it. One that dies fails all calls, those to come too.
 */
export class PythonProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting: Caller[] = [];
  readonly #reader = new MessageReader(MOST);
  #said = "";
  #death: BackendError | null = null;

  /** `remedy` is what to do when it does not start. */
  constructor(python: string, args: readonly string[], remedy: string) {
    // Apart from this process' group: signals to all of it are for this one, which saves what there is, and needs answers for that.
    this.#child = spawn(python, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
    const { stdin, stdout, stderr } = this.#child;
    this.#hold(false);
    const die = (reason: string) => this.#die(`python: ${python} must run, got ${reason} - ${remedy}`);
    this.#child.on("error", (error) => die(error.message));
    this.#child.on("close", (code, signal) => die(`status ${code ?? signal}${this.#said && `: ${this.#said.trim()}`}`));
    // That it no longer reads is what the end of the process tells better.
    stdin.on("error", () => {});
    stderr.setEncoding("utf8").on("data", (text: string) => (this.#said = (this.#said + text).slice(-QUOTED)));
    stdout.on("data", (piece: Uint8Array) => {
      for (const message of this.#reader.read(piece)) this.#settle(message);
    });
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

  #settle(message: unknown): void {
    const caller = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#hold(false);
    const { answer, error = null } = isRecord(message) ? message : {};
    if (error === null) caller?.resolve(answer);
    else caller?.reject(new BackendError(`python: ${caller.request} must succeed, got ${textOf(error)}`));
  }

  /** Whether this process stays alive for the other's sake. */
  #hold(isNeeded: boolean): void {
    for (const one of [this.#child, ...Object.values(this.#child.stdio)]) {
      const handle = one as { readonly ref?: () => void; readonly unref?: () => void } | null;
      if (isNeeded) handle?.ref?.();
      else handle?.unref?.();
    }
  }

  #die(reason: string): void {
    this.#death ??= new BackendError(reason);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#death);
  }
}

function textOf(error: unknown): string {
  return typeof error === "string" ? error : JSON.stringify(error);
}
