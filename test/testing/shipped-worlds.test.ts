import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { make, registry } from "../../src/index.ts";
import { checkEnv } from "../../src/testing/index.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "worlds");

/** Every folder of worlds/ that holds a world, whatever the package thinks that it brings. */
const WORLDS = readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, "world.json")));

test("CH-07 every bundled world is registered", () => {
  expect(WORLDS).toContain("supertux");
  expect([...registry.keys()]).toEqual(expect.arrayContaining(WORLDS.map((name) => `Genie/${name}-v0`)));
});

test.each(WORLDS)(
  "CH-07 Genie/%s-v0 keeps the contract within its wrappers",
  async (name) => {
    const findings = await checkEnv(
      ({ renderMode }) => make(`Genie/${name}-v0`, renderMode === null ? {} : { renderMode }),
      { steps: 2 },
    );
    expect(findings).toEqual([]);
  },
  300_000,
);
