import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { z } from "zod";
import { ConfigError, DataError, GenieError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { Allowance, ClientSession, type EnvMaker } from "./session.ts";
import { encodeMessage, LIMITS, MessageReader, type MessageLimits } from "../core/wire.ts";

/** The version of the protocol; a client of another is refused. */
export const PROTOCOL = 1;

/** Where a server listens, and to whom it answers. */
export type ServeOptions = {
  /** The address to listen on: this machine only, unless there is a token. */
  readonly host?: string | undefined;
  /** 0 for any port that is free. */
  readonly port?: number | undefined;
  /** What a client has to know. */
  readonly token?: string | undefined;
  /** How many environments all clients may have together, rows of batches counted; also how many clients. Default 1024. */
  readonly maxEnvs?: number | undefined;
  /** Milliseconds that a client has for its hello, and one that is sent away for reading why. Default 10,000. */
  readonly patienceMs?: number | undefined;
};

/** A server at work. */
export type EnvServer = {
  readonly host: string;
  readonly port: number;
  /** How many clients are connected. */
  readonly numClients: () => number;
  /** Stops it, and closes the environments of all clients. */
  readonly close: () => Promise<void>;
};

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/** Before its hello a stranger has no more of this process's memory than that takes. */
const HELLO_LIMITS: MessageLimits = { header: 2 ** 12, body: 0 };
/** When to ask a silent client's machine whether it is still there, so that one which lost power frees its rows. */
const KEEP_ALIVE_MS = 30_000;

/** What a client says first. */
const Hello = z.object({ method: z.literal("hello"), protocol: z.number(), token: z.string().optional() });

/**
 * Serves environments to other processes. Every client has environments of its own, and what a client asks for is done in
 * order; a client that goes, or says something that is no message, has its environments closed. No client can make
 * another wait for longer than one of its own requests takes, nor the process hold more than the limits allow.
 * @throws ConfigError for an address beyond this machine without a token, or one that cannot be had.
 */
export async function serveEnvs(maker: EnvMaker, options: ServeOptions = {}): Promise<EnvServer> {
  const { host = "127.0.0.1", port = 0, token, maxEnvs = 1024, patienceMs = 10_000 } = options;
  checkAddress(host, port, token);
  const sockets = new Set<Socket>();
  const rows = new Allowance(maxEnvs);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    void attend(socket, new ClientSession(maker, rows), { token, patienceMs });
  });
  server.maxConnections = maxEnvs;
  await listen(server, host, port);
  // A connection that cannot be accepted, as for want of file descriptors, is no reason to end those that are.
  server.on("error", () => {});
  return {
    host,
    port: portOf(server),
    numClients: () => sockets.size,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function checkAddress(host: string, port: number, token: string | undefined): void {
  // Node takes no name for every address there is.
  if (host.trim() === "") throw new ConfigError("serve: the host must be an address of this machine, got none");
  if (!LOOPBACK.has(host) && !token) {
    throw new ConfigError(
      `serve: a token is needed to listen beyond this machine, got none for ${host} - give --token`,
    );
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ConfigError(`serve: the port must be an integer from 0 to 65535, got ${port}`);
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const listening = once(server, "listening");
  server.listen(port, host);
  try {
    await listening;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(
      `serve: the address must be one of this machine with a free port, got ${host}:${port} (${reason}) - choose another`,
      { cause },
    );
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

type Terms = { readonly token: string | undefined; readonly patienceMs: number };

/** One client, from its first message to its last. */
async function attend(socket: Socket, client: ClientSession, { token, patienceMs }: Terms): Promise<void> {
  using session = client;
  const reader = new MessageReader(HELLO_LIMITS);
  let isKnown = false;
  // Whoever listens is told by the iterator; afterwards there is nothing left to do about a broken connection.
  socket.on("error", () => {});
  socket.setNoDelay().setKeepAlive(true, KEEP_ALIVE_MS);
  const patience = setTimeout(() => socket.destroy(), patienceMs);
  try {
    // A client whose answers wait is not read from, so that nobody fills this process's memory.
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      for (const message of reader.read(chunk)) {
        const isDone = await reply(socket, () => (isKnown ? session.answer(message) : greet(message, token)));
        if (!isKnown && !isDone) return;
        isKnown = true;
        reader.limits = LIMITS;
        clearTimeout(patience);
      }
    }
  } catch (error) {
    // What is no message ends the conversation; so does a connection that breaks, which has nobody left to tell.
    if (error instanceof DataError) await reply(socket, () => Promise.reject(error));
  } finally {
    clearTimeout(patience);
    hangUp(socket, patienceMs);
  }
}

/** Ends the connection once the client has read what it was told, or has not for too long. */
function hangUp(socket: Socket, patienceMs: number): void {
  if (socket.closed) return;
  const patience = setTimeout(() => socket.destroy(), patienceMs);
  socket.once("close", () => clearTimeout(patience));
  socket.destroySoon();
}

/** Sends what `work` returns, or the error that it throws. Returns whether it was the former. */
async function reply(socket: Socket, work: () => unknown): Promise<boolean> {
  const { bytes, isDone } = await settle(work);
  if (!socket.writable || socket.write(bytes)) return isDone;
  await new Promise<void>((resolve) => {
    const goOn = () => {
      socket.off("drain", goOn).off("close", goOn);
      resolve();
    };
    socket.on("drain", goOn).on("close", goOn);
  });
  return isDone;
}

async function settle(work: () => unknown): Promise<{ bytes: Uint8Array; isDone: boolean }> {
  try {
    return { bytes: encodeMessage({ result: await work() }), isDone: true };
  } catch (error) {
    const name = error instanceof GenieError ? error.name : "Error";
    const message = error instanceof Error ? error.message : String(error);
    return { bytes: encodeMessage({ error: { name, message } }), isDone: false };
  }
}

function greet(message: unknown, token: string | undefined): { protocol: number } {
  const hello = parseOptions(Hello, message, "hello");
  if (hello.protocol !== PROTOCOL) {
    throw new ConfigError(`hello: the protocol must be ${PROTOCOL}, got ${hello.protocol} - install equal versions`);
  }
  if (token !== undefined && !isEqual(hello.token ?? "", token)) {
    throw new ConfigError("hello: the token must be the server's, got another or none");
  }
  return { protocol: PROTOCOL };
}

/** Compares without telling by its time how much of a token was right. */
function isEqual(given: string, token: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}
