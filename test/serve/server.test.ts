import { afterEach, describe, expect, test, vi } from "vitest";
import { ConfigError } from "../../src/core/errors.ts";
import { GenieEnv } from "../../src/env/genie-env.ts";
import { serveEnvs, type EnvServer, type ServeOptions } from "../../src/serve/server.ts";
import type { EnvMaker } from "../../src/serve/session.ts";
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

async function serve(options: ServeOptions = {}): Promise<EnvServer> {
  const server = await serveEnvs(maker, options);
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

test("who knows the token is served", async () => {
  const remote = client(await serve({ token: "secret" }));
  expect(await remote.hello("secret")).toEqual({ result: { protocol: 1 } });
});

test.each([-1, 65_536, 1.5, Number.NaN])("%f is no port", async (port) => {
  await expect(serve({ port })).rejects.toThrow(/port must be an integer from 0 to 65535/);
});

test("no server listens beyond this machine without a token", async () => {
  await expect(serve({ host: "0.0.0.0" })).rejects.toThrow(ConfigError);
  await expect(serve({ host: "0.0.0.0", token: "" })).rejects.toThrow(ConfigError);
  expect((await serve({ host: "0.0.0.0", token: "secret" })).port).toBeGreaterThan(0);
});
