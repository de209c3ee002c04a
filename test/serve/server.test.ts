import { once } from "node:events";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ConfigError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { GenieEnv } from "../../src/env/genie-env.ts";
import { serveEnvs, type EnvServer, type ServeOptions } from "../../src/serve/server.ts";
import type { EnvMaker } from "../../src/serve/session.ts";
import { encodeMessage } from "../../src/core/wire.ts";
import { FakeWorldModel } from "../../src/testing/fake-world-model.ts";
import { TestClient } from "./client.ts";

const servers: EnvServer[] = [];
const clients: TestClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy();
  for (const server of servers.splice(0)) await server.close();
});

const world = new FakeWorldModel({ starts: [0, 9], noise: 0.3 });
const maker: EnvMaker = {
  make: (id, options) => {
    if (id === "Fake-v0") return GenieEnv.fromWorld(world, { horizon: 5, ...options });
    throw new ConfigError(`make: no ${id}`);
  },
  makeVec: (_, options) => GenieEnv.fromWorld(world, { numEnvs: 3, horizon: 5, ...options }),
};

async function serve(options: ServeOptions = {}, envMaker = maker): Promise<EnvServer> {
  const server = await serveEnvs(envMaker, options);
  servers.push(server);
  return server;
}

function client({ port }: EnvServer): TestClient {
  const made = new TestClient(port);
  clients.push(made);
  return made;
}

async function greeted(server: EnvServer): Promise<TestClient> {
  const made = client(server);
  await made.hello();
  return made;
}

test("a served environment gives what it gives at home", async () => {
  const remote = await greeted(await serve());
  const { result } = await remote.ask({ method: "make", id: "Fake-v0" });
  const local = await GenieEnv.fromWorld(world, { horizon: 5 });
  expect(result).toMatchObject({
    env: 0,
    numEnvs: null,
    actionSpace: local.actionSpace.toJSON(),
    observationSpace: local.observationSpace.toJSON(),
  });
  expect((await remote.ask({ method: "reset", env: 0, seed: 7 })).result).toEqual(await local.reset({ seed: 7 }));
  for (const action of [1, 2, 3, 4, 1]) {
    expect((await remote.ask({ method: "step", env: 0, action })).result).toEqual(await local.step(action));
  }
  local.close();
});

test("a served batch gives what it gives at home", async () => {
  const remote = await greeted(await serve());
  const { result } = await remote.ask({ method: "makeVec", id: "Fake-v0" });
  const local = await GenieEnv.fromWorld(world, { numEnvs: 3, horizon: 5 });
  expect(result).toMatchObject({ numEnvs: 3, actionSpace: local.singleActionSpace.toJSON() });
  expect((await remote.ask({ method: "reset", env: 0, seed: [1, 2, 3] })).result).toEqual(
    await local.reset({ seed: [1, 2, 3] }),
  );
  const action = Int32Array.of(0, 1, 2);
  expect((await remote.ask({ method: "step", env: 0, action })).result).toEqual(await local.step(action));
  local.close();
});

test("requests that were sent at once are answered in order", async () => {
  const remote = await greeted(await serve());
  await remote.ask({ method: "make", id: "Fake-v0" });
  const answers = await Promise.all([
    remote.ask({ method: "reset", env: 0, seed: 1 }),
    remote.ask({ method: "step", env: 0, action: 1 }),
    remote.ask({ method: "nothing" }),
    remote.ask({ method: "step", env: 0, action: 99 }),
  ]);
  expect(answers.map(({ error }) => error?.name ?? "done")).toEqual([
    "done",
    "done",
    "ConfigError",
    "InvalidActionError",
  ]);
});

describe("an error is an answer, after which the client goes on", () => {
  test.each([
    [{ method: "make", id: "Other-v0" }, "ConfigError"],
    [{ method: "step", env: 1, action: 0 }, "ConfigError"],
    [{ method: "step", env: 0, action: 0 }, "ResetNeededError"],
    [{ method: "reset", env: 0, seed: [1] }, "ConfigError"],
    [{ method: "reset", env: 0, seed: -1 }, "ConfigError"],
    [{ method: "reset", env: 0, speed: 1 }, "ConfigError"],
    [null, "ConfigError"],
  ])("%j", async (request, name) => {
    const remote = await greeted(await serve());
    await remote.ask({ method: "make", id: "Fake-v0" });
    expect((await remote.ask(request)).error?.name).toBe(name);
    expect((await remote.ask({ method: "reset", env: 0, seed: 1 })).error).toBeUndefined();
  });
});

test("a closed environment is gone, and closing it again is fine", async () => {
  const remote = await greeted(await serve());
  await remote.ask({ method: "make", id: "Fake-v0" });
  expect(await remote.ask({ method: "close", env: 0 })).toEqual({ result: null });
  expect(await remote.ask({ method: "close", env: 0 })).toEqual({ result: null });
  expect((await remote.ask({ method: "render", env: 0 })).error?.message).toMatch(/did not close, got 0/);
});

test("clients do not see each other's environments", async () => {
  const server = await serve();
  const [one, other] = [await greeted(server), await greeted(server)];
  await one.ask({ method: "make", id: "Fake-v0" });
  expect((await other.ask({ method: "reset", env: 0 })).error?.name).toBe("ConfigError");
});

describe("environments are closed when their client", () => {
  test.each<[string, (remote: TestClient) => unknown]>([
    ["says goodbye", ({ socket }) => socket.end()],
    ["dies", ({ socket }) => socket.resetAndDestroy()],
    ["loses its server", () => servers.pop()?.close()],
    [
      "talks nonsense",
      async (remote) => {
        remote.send(Buffer.alloc(16, 255));
        expect((await remote.next()).error?.name).toBe("DataError");
        await remote.gone();
      },
    ],
  ])("%s", async (_, leave) => {
    const remote = await greeted(await serve());
    await remote.ask({ method: "makeVec", id: "Fake-v0" });
    await remote.ask({ method: "make", id: "Fake-v0" });
    expect(world.openSessions).toBeGreaterThan(0);
    await leave(remote);
    await vi.waitFor(() => expect(world.openSessions).toBe(0));
  });
});

describe("nobody is served who", () => {
  test("does not say hello first", async () => {
    const remote = client(await serve());
    expect((await remote.ask({ method: "make", id: "Fake-v0" })).error?.message).toMatch(/^hello: /);
    await remote.gone();
  });

  test("speaks another protocol", async () => {
    const remote = client(await serve());
    expect((await remote.ask({ method: "hello", protocol: 2 })).error?.message).toMatch(/must be 1, got 2/);
    await remote.gone();
  });

  test.each([undefined, "", "secre", "secret2"])("gives %j for the token", async (token) => {
    const remote = client(await serve({ token: "secret" }));
    expect((await remote.hello(token)).error?.message).toMatch(/token must be the server's/);
    await remote.gone();
  });
});

describe("a client that is not served is hung up on", () => {
  test.each<[string, (remote: TestClient) => void]>([
    ["that says nothing", () => {}],
    ["that says half a prefix", (remote) => remote.send(Buffer.alloc(5, 1))],
    [
      "that says half a hello",
      (remote) => remote.send(encodeMessage({ method: "hello", protocol: 1 }).subarray(0, -1)),
    ],
    [
      "that does not read why",
      (remote) => {
        remote.socket.pause();
        remote.send(encodeMessage({ method: "nothing" }));
      },
    ],
  ])("%s", async (_, begin) => {
    const server = await serve({ patienceMs: 20 });
    begin(client(server));
    // Who comes later was let in later, and stays.
    await greeted(server);
    await vi.waitFor(() => expect(server.numClients()).toBe(1));
  });

  test("that announces more than a hello takes", async () => {
    const remote = client(await serve());
    const prefix = Buffer.alloc(8);
    prefix.writeUInt32LE(2 ** 13, 0);
    remote.send(prefix);
    expect((await remote.next()).error?.message).toMatch(/at most 4096 and 0 bytes, got 8192 and 0/);
    await remote.gone();
  });

  test("but not one that was patient enough to say hello", async () => {
    const server = await serve({ patienceMs: 20 });
    const [known, silent] = [await greeted(server), client(server)];
    await silent.gone();
    expect((await known.ask({ method: "make", id: "Fake-v0" })).error).toBeUndefined();
  });
});

describe("a hostile client leaves the others alone", () => {
  const LARGE = Buffer.alloc(8);
  LARGE.writeUInt32LE(2 ** 20, 0);
  LARGE.writeUInt32LE(2 ** 26, 4);

  test.each<[string, (server: EnvServer) => Promise<unknown>]>([
    [
      "that sends garbage and is gone before it is told",
      async (server) => {
        const rng = new Rng("garbage");
        for (let round = 0; round < 20; round++) {
          const remote = client(server);
          await once(remote.socket, "connect");
          remote.send(Uint8Array.from({ length: 200 }, () => rng.integer(256)));
          remote.socket.resetAndDestroy();
        }
      },
    ],
    ["that announces the largest message and sends no more", async (server) => (await greeted(server)).send(LARGE)],
    [
      "that asks for much and reads nothing",
      async (server) => {
        const remote = await greeted(server);
        await remote.ask({ method: "makeVec", id: "Fake-v0" });
        await remote.ask({ method: "reset", env: 0, seed: 1 });
        remote.socket.pause();
        const step = encodeMessage({ method: "step", env: 0, action: Int32Array.of(0, 1, 2) });
        remote.send(Buffer.concat(Array.from({ length: 5000 }, () => step)));
      },
    ],
    [
      "that dies in the middle of a message",
      async (server) => {
        const remote = await greeted(server);
        await remote.ask({ method: "makeVec", id: "Fake-v0" });
        remote.send(encodeMessage({ method: "reset", env: 0, seed: 1 }).subarray(0, 30));
        remote.socket.resetAndDestroy();
      },
    ],
    [
      "that asks for more than there is",
      async (server) => {
        const remote = await greeted(server);
        for (const method of ["make", "makeVec"]) {
          const { error } = await remote.ask({ method, id: "Fake-v0", options: { numEnvs: 1e9 } });
          expect(error?.message).toMatch(/together may have 1024 environments, got 1000000000 more with 1023 left/);
        }
      },
    ],
  ])("%s", async (_, attack) => {
    const server = await serve();
    const other = await greeted(server);
    await other.ask({ method: "make", id: "Fake-v0" });
    const before = process.memoryUsage().arrayBuffers;
    await attack(server);
    expect((await other.ask({ method: "reset", env: 0, seed: 1 })).error).toBeUndefined();
    expect((await other.ask({ method: "step", env: 0, action: 1 })).error).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
    for (const remote of clients) if (remote !== other) remote.socket.destroy();
    await vi.waitFor(() => expect(server.numClients()).toBe(1));
    expect((await other.ask({ method: "step", env: 0, action: 1 })).error).toBeUndefined();
  });
});

test("closed environments make room for others", async () => {
  const server = await serve({ maxEnvs: 4 });
  const [one, other] = [await greeted(server), await greeted(server)];
  await one.ask({ method: "makeVec", id: "Fake-v0", options: { numEnvs: 3 } });
  await one.ask({ method: "make", id: "Other-v0" });
  await one.ask({ method: "make", id: "Fake-v0" });
  expect((await other.ask({ method: "make", id: "Fake-v0" })).error?.message).toMatch(/0 left - close some/);
  await one.ask({ method: "close", env: 1 });
  await one.ask({ method: "close", env: 1 });
  expect((await other.ask({ method: "make", id: "Fake-v0" })).error).toBeUndefined();
  one.socket.destroy();
  await vi.waitFor(() => expect(server.numClients()).toBe(1));
  expect((await other.ask({ method: "makeVec", id: "Fake-v0", options: { numEnvs: 3 } })).error).toBeUndefined();
});

test("a slow reader costs no listeners", async () => {
  const remote = await greeted(await serve());
  await remote.ask({ method: "make", id: "Fake-v0" });
  await remote.ask({ method: "reset", env: 0, seed: 1 });
  const warned = vi.fn<() => void>();
  process.on("warning", warned);
  const answers = Array.from({ length: 200 }, () => remote.ask({ method: "reset", env: 0, seed: 1 }));
  remote.socket.pause();
  setImmediate(() => remote.socket.resume());
  await Promise.all(answers);
  process.off("warning", warned);
  expect(warned).not.toHaveBeenCalled();
});

test("what cannot be sent is an error, after which the client goes on", async () => {
  const remote = await greeted(
    await serve(
      {},
      { ...maker, make: async () => Object.assign(await maker.make("Fake-v0", {}), { metadata: { f() {} } }) },
    ),
  );
  expect((await remote.ask({ method: "make", id: "Fake-v0" })).error?.message).toMatch(/must be plain data/);
  expect((await remote.ask({ method: "nothing" })).error?.name).toBe("ConfigError");
});

test("who knows the token is served", async () => {
  const remote = client(await serve({ token: "secret" }));
  expect(await remote.hello("secret")).toEqual({ result: { protocol: 1 } });
});

test("a port that is taken is bad input", async () => {
  const { port } = await serve();
  await expect(serve({ port })).rejects.toThrow(ConfigError);
  await expect(serve({ port })).rejects.toThrow(/free port, got 127.0.0.1:\d+ .*EADDRINUSE.* - choose another/);
});

test.each([-1, 65_536, 1.5, Number.NaN])("%f is no port", async (port) => {
  await expect(serve({ port })).rejects.toThrow(/port must be an integer from 0 to 65535/);
});

test("no server listens beyond this machine without a token", async () => {
  await expect(serve({ host: "0.0.0.0" })).rejects.toThrow(ConfigError);
  await expect(serve({ host: "0.0.0.0", token: "" })).rejects.toThrow(ConfigError);
  expect((await serve({ host: "0.0.0.0", token: "secret" })).port).toBeGreaterThan(0);
});
