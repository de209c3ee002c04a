import { expect, test } from "vitest";

import { encodeMessage } from "../../src/core/wire.ts";
import { draws, SPACES } from "../env/spaces-cases.ts";

test("the spaces that the Python package is tested with are those of this package: npx vitest run test/serve/python-fixture.test.ts --update", async () => {
  const cases = SPACES.map(([name, make]) => {
    const space = make();
    const message = encodeMessage(draws(space, 1, 3));
    return { name, space: space.toJSON(), message: Buffer.from(message).toString("base64") };
  });
  await expect(`${JSON.stringify(cases, null, 1)}\n`).toMatchFileSnapshot("../../python/tests/spaces.json");
});
