import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { genieEnv } from "./genie-env.ts";

const spaceEnv = fileURLToPath(new URL("../testing/space-env.ts", import.meta.url));

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "genie-env-check-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A module in the test's folder; its lines may use `SpaceEnv`. */
function moduleOf(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, [`import { SpaceEnv } from ${JSON.stringify(spaceEnv)};`, ...lines].join("\n"));
  return path;
}

describe("genie-env check", () => {
  test("a registered environment without errors ends with 0", () => {
    expect(genieEnv("check", "MountainCar-v0")).toMatchObject({
      status: 0,
      stdout: "MountainCar-v0: 0 errors, 0 warnings\n",
      stderr: "",
    });
  });

  test("a warning is told, and no failure", () => {
    const { status, stdout } = genieEnv("check", "Pendulum-v1", "--steps", "5", "--seed", "1");
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^warn {3}actionSpace: .* \(action-space-not-normalized\)\nPendulum-v1: 0 errors, 1 warning\n$/,
    );
  });

  test("an error ends with 1, and --json prints all of it", () => {
    const path = moduleOf("broken.mts", "export class Broken extends SpaceEnv { observe() { return null; } }");
    const { status, stdout } = genieEnv("check", path, "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      env: path,
      steps: 50,
      seed: 123,
      findings: [{ code: "obs-outside-space", severity: "error" }],
    });
  });

  test("a module's export is its only function, its default, or the one behind #", () => {
    const only = moduleOf("only.mts", "export const make = (options) => new SpaceEnv(options);");
    const byDefault = moduleOf("default.mts", "export class Other {}", "export default SpaceEnv;");
    const named = moduleOf("named.mts", "export class Other {}", "export class Mine extends SpaceEnv {}");
    for (const target of [only, byDefault, `${named}#Mine`]) expect(genieEnv("check", target).status).toBe(0);
  });

  test.each([
    ["an id that nobody registered", ["CartPool-v1"], /^error: .*CartPole.*\n$/],
    ["a module that is not there", ["no/such/env.ts"], /^error: check: the module must exist, got no\/such\/env.ts\n$/],
    ["no steps", ["CartPole-v1", "--steps", "0"], /^error: --steps: must be an integer from 1 on, got 0\n$/],
    ["no id", [], /^error: missing required argument 'env'\n$/],
  ])("%s is one line on stderr and status 2", (_, args, line) => {
    const { status, stdout, stderr } = genieEnv("check", ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(line);
  });

  test("a module that does not load is bad input", () => {
    const path = moduleOf("typo.mts", "export const make = () => new SpaceEnv(", "");
    expect(genieEnv("check", path)).toMatchObject({ status: 2, stderr: expect.stringContaining("typo.mts must load") });
  });

  test("a module that leaves open what makes the environment is refused with the choice", () => {
    const path = moduleOf("two.mts", "export class One {}", "export class Two {}");
    expect(genieEnv("check", path)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/name one behind #: One, Two/),
    });
  });
});
