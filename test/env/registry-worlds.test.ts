import { expect, test } from "vitest";

import { ConfigError, make, makeSync, makeVec, registerWorld, registry, spec } from "../../src/index.ts";
import { bundledWorlds } from "../../src/model/find-world.ts";

test("the package registers every bundled world, in a single and in a batched form", () => {
  const ids = bundledWorlds().map((name) => `Genie/${name}-v0`);
  expect(ids).toContain("Genie/supertux-v0");
  for (const id of ids) {
    expect(spec(id).id).toBe(id);
    expect([registry.get(id)?.entryPoint, registry.get(id)?.vectorEntryPoint]).not.toContain(null);
  }
  expect(() => spec("Genie/supertucks-v0")).toThrow("did you mean supertux?");
});

test("the package registers the games", () => {
  using env = makeSync("CartPole-v1");
  expect(env.spec).toMatchObject({ id: "CartPole-v1", maxEpisodeSteps: 500, rewardThreshold: 475 });
  expect(env.observationSpace.contains(env.reset({ seed: 0 })[0])).toBe(true);
});

test("a world on disk is registered by its folder, and read when it is made", async () => {
  registerWorld("elsewhere", "/no/such/world");
  await expect(make("Genie/elsewhere-v0")).rejects.toThrow("got /no/such/world");
  await expect(makeVec("Genie/elsewhere-v0", { numEnvs: 2 })).rejects.toThrow("got /no/such/world");
  expect(() => makeSync("Genie/elsewhere-v0")).toThrow(
    "makeSync: the environment must need no loading, got Genie/elsewhere-v0",
  );
  expect(() => registerWorld("no world")).toThrow("parseEnvId");
});

test("options of a world are checked, and a batch is made by makeVec", async () => {
  await expect(make("Genie/supertux-v0", { numEnvs: 2 })).rejects.toThrow("use makeVec");
  await expect(make("Genie/supertux-v0", { observations: "tokens" })).rejects.toThrow(ConfigError);
});
