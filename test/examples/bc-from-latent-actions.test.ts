import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const example = fileURLToPath(new URL("../../examples/bc-from-latent-actions.ts", import.meta.url));

test("bc-from-latent-actions runs as printed at its head, here on a toy budget", () => {
  const toy = "--frames 100 --steps 2 --labels 5 --episodes 2 --horizon 5 --seed 3".split(" ");
  const { status, stdout, stderr } = spawnSync("npx", ["tsx", example, ...toy], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^seed 3, /);
  expect(stdout).toContain("solved 0 of 2 unseen easy levels");
});
