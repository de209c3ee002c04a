import { expect, test } from "vitest";

import { GAMES } from "../../src/env/find-registration.ts";
import { makeSync, NameNotFoundError, parseEnvId, registry, spec } from "../../src/env/index.ts";

/* Nothing here imports the games before the last test does. */

test.each(GAMES)("RG-02 %s names the module that registers it", (name) => {
  expect(registry.size).toBe(0);
  expect(() => spec(`${name}-v1`)).toThrow(NameNotFoundError);
  expect(() => makeSync(`${name}-v1`)).toThrow(/import "genie-env\/games" to register it/);
});

test("RG-02 a name that is almost that of a game names both", () => {
  expect(() => spec("Cartpole-v1")).toThrow(/did you mean CartPole\? import "genie-env\/games" to register that/);
  expect(() => spec("Nothing-v1")).toThrow(/import the module that registers it/);
});

test("RG-02 the games that are known to be elsewhere are all that the module registers", async () => {
  await import("../../src/games/index.ts");
  expect([...registry.keys()].map((id) => parseEnvId(id).name).toSorted()).toEqual([...GAMES].toSorted());
});
