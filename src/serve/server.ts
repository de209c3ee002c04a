import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { z } from "zod";
import { ConfigError, DataError, GenieError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { ClientSession, type EnvMaker } from "./session.ts";
import { encodeMessage, MessageReader } from "./wire.ts";

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

/** What a client says first. */
const Hello = z.object({ method: z.literal("hello"), protocol: z.number(), token: z.string().optional() });

/**
 * Serves environments to other processes. Every client has environments of its own, and what a client asks for is done in
 * order; a client that goes, or says something that is no message, has its environments closed.
 * @throws ConfigError for an address beyond this machine without a token, and for what is no port.
 */
export async function serveEnvs(
  maker: EnvMaker,
  { host = "127.0.0.1", port = 0, token }: ServeOptions = {},
): Promise<EnvServer> {
  if (!LOOPBACK.has(host) && !token) {
    throw new ConfigError(
      `serve: a token is needed to listen beyond this machine, got none for ${host} - give --token`,
    );
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ConfigError(`serve: the port must be an integer from 0 to 65535, got ${port}`);
  }
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay());
    socket.once("close", () => sockets.delete(socket));
    void attend(socket, maker, token);
  });
  await listen(server, host, port);
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

async function listen(server: Server, host: string, port: number): Promise<void> {
  const listening = once(server, "listening");
  server.listen(port, host);
  await listening;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** One client, from its first message to its last. */
async function attend(socket: Socket, maker: EnvMaker, token: string | undefined): Promise<void> {
  using session = new ClientSession(maker);
  const reader = new MessageReader();
  let isKnown = false;
  try {
    // A client whose answers wait is not read from, so that nobody fills this process's memory.
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      for (const message of reader.read(chunk)) {
        const isDone = await reply(socket, () => (isKnown ? session.answer(message) : greet(message, token)));
        if (!isKnown && !isDone) return;
        isKnown = true;
      }
    }
  } catch (error) {
    // What is no message ends the conversation; so does a connection that breaks, which has nobody left to tell.
    if (error instanceof DataError) await reply(socket, () => Promise.reject(error)).catch(() => false);
  } finally {
    socket.destroySoon();
  }
}

/** Sends what `work` returns, or the error that it throws. Returns whether it was the former. */
async function reply(socket: Socket, work: () => unknown): Promise<boolean> {
  const answer = await settle(work);
  if (!socket.write(encodeMessage(answer))) await Promise.race([once(socket, "drain"), once(socket, "close")]);
  return "result" in answer;
}

async function settle(work: () => unknown): Promise<{ result: unknown } | { error: object }> {
  try {
    return { result: await work() };
  } catch (error) {
    if (error instanceof GenieError) return { error: { name: error.name, message: error.message } };
    return { error: { name: "Error", message: error instanceof Error ? error.message : String(error) } };
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
