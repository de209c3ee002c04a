import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import {
  ConfigError,
  DeprecatedEnvError,
  GenieError,
  NameNotFoundError,
  NamespaceNotFoundError,
  RegistrationError,
  UnregisteredEnvError,
  VersionNotFoundError,
} from "../../src/core/errors.ts";
import { formatEnvId } from "../../src/env/env-id.ts";
import { namespace, parseEnvId, pprintRegistry, register, registry, spec } from "../../src/env/index.ts";
import { DriftEnv } from "./drift-env.ts";

const entryPoint = (): DriftEnv => new DriftEnv();
const IDS = [
  "CartPole-v0",
  "CartPole-v1",
  "Blackjack-v1",
  "MountainCarContinuous-v0",
  "Taxi-v3",
  "Arcade/Versioned-v1",
  "Arcade/Versioned-v3",
  "Arcade/Versioned-v5",
  "Arcade/Unversioned",
];

beforeAll(() => {
  for (const id of IDS) register({ id, entryPoint });
});

const warning = vi.spyOn(process, "emitWarning");
beforeEach(() => void warning.mockReset().mockImplementation(() => {}));
afterEach(() => vi.clearAllMocks());

const errorOf = (id: string): unknown => {
  try {
    spec(id);
  } catch (error) {
    return error;
  }
  return null;
};

describe("RG-01", () => {
  test.each([
    ["MyEnv-v0", null, "MyEnv", 0],
    ["MyEnv", null, "MyEnv", null],
    ["my-space/MyEnv-v0", "my-space", "MyEnv", 0],
    ["MySpace/MyEnv", "MySpace", "MyEnv", null],
    ["MyEnv-vNone", null, "MyEnv-vNone", null],
    ["My-v2Env.easy-v90", null, "My-v2Env.easy", 90],
    ["MyEnv-v", null, "MyEnv-v", null],
  ])("RG-01 %s is an id", (id, namespace, name, version) => {
    expect(parseEnvId(id)).toEqual({ namespace, name, version });
    expect(formatEnvId(parseEnvId(id))).toBe(id);
  });

  test.each(["“MyEnv-v0”", "MyEnv-v0\n", "MySpace///MyEnv-v0", "", "/MyEnv-v0", "My Env"])("RG-01 %j is none", (id) => {
    expect(() => parseEnvId(id)).toThrow(RegistrationError);
    expect(() => register({ id, entryPoint })).toThrow(`got ${JSON.stringify(id)}`);
    expect(registry.has(id)).toBe(false);
  });

  test("RG-01 the registry's key is the full id, and its spec the one that spec finds", () => {
    for (const id of IDS) expect(registry.get(id)?.spec.id).toBe(id);
    expect(spec("CartPole-v1")).toBe(registry.get("CartPole-v1")?.spec);
  });
});

describe("RG-02", () => {
  test.each([
    ["cartpole-v1", "CartPole"],
    ["CARTPOLE-v1", "CartPole"],
    ["blackjack-v1", "Blackjack"],
    ["Blackjock-v1", "Blackjack"],
    ["mountaincarcontinuous-v0", "MountainCarContinuous"],
    ["taxi-v3", "Taxi"],
    ["taxi-v30", "Taxi"],
    ["Arcade/versioned-v1", "Versioned"],
    ["Arcade/Versiond-v1", "Versioned"],
    ["Arcade/Unversionedd", "Unversioned"],
    ["Arcade/unversioned", "Unversioned"],
    ["Versioned-v1", "Arcade/Versioned"],
  ])("RG-02 %s: did you mean %s?", (id, name) => {
    expect(errorOf(id)).toBeInstanceOf(NameNotFoundError);
    expect(() => spec(id)).toThrow(`did you mean ${name}?`);
  });

  test("RG-02 nothing is suggested where nothing is alike", () => {
    expect(() => spec("Zzz-v0")).toThrow("got Zzz-v0 - import the module that registers it");
  });

  test("RG-02 a mistyped namespace is corrected", () => {
    expect(errorOf("Arcde/Versioned-v1")).toBeInstanceOf(NamespaceNotFoundError);
    expect(() => spec("Arcde/Versioned-v1")).toThrow("did you mean Arcade?");
    expect(() => spec("Qqq/Versioned-v1")).toThrow("import the module that registers it");
  });

  test.each([
    ["CartPole-v12", "v0, v1"],
    ["Blackjack-v10", "v1"],
    ["MountainCarContinuous-v100", "v0"],
    ["Taxi-v30", "v3"],
    ["Arcade/Versioned-v6", "v1, v3, v5"],
    ["Arcade/Versioned-v100", "v1, v3, v5"],
  ])("RG-02 %s: the versions are %s", (id, versions) => {
    expect(errorOf(id)).toBeInstanceOf(VersionNotFoundError);
    expect(() => spec(id)).toThrow(`one of ${versions}, got ${id}`);
  });

  test.each([
    ["Taxi-v2", "use Taxi-v3"],
    ["Arcade/Versioned-v4", "use Arcade/Versioned-v5"],
    ["Arcade/Unversioned-v6", "Arcade/Unversioned has no versions"],
  ])("RG-02 %s is gone: %s", (id, advice) => {
    expect(errorOf(id)).toBeInstanceOf(DeprecatedEnvError);
    expect(() => spec(id)).toThrow(advice);
  });

  test("RG-02 an older version that is registered is found with a deprecation warning", () => {
    expect(spec("Arcade/Versioned-v3").id).toBe("Arcade/Versioned-v3");
    expect(warning.mock.calls).toEqual([
      ["registry: Arcade/Versioned-v3 is out of date - use Arcade/Versioned-v5", "DeprecationWarning"],
    ]);
  });

  test("RG-02 every error of an id that names nothing is an UnregisteredEnvError", () => {
    for (const id of ["Nothing-v0", "Nowhere/CartPole-v1", "CartPole-v9"]) {
      expect(errorOf(id)).toBeInstanceOf(UnregisteredEnvError);
    }
    expect(errorOf("Taxi-v1")).toBeInstanceOf(GenieError);
  });
});

describe("RG-03", () => {
  test("RG-03 the newest version is taken, with a warning, when an id names none", () => {
    expect(spec("CartPole").id).toBe("CartPole-v1");
    expect(spec("Arcade/Versioned").id).toBe("Arcade/Versioned-v5");
    expect(warning.mock.calls).toEqual([
      ["registry: CartPole names no version - took the newest, CartPole-v1", "GenieEnvWarning"],
      ["registry: Arcade/Versioned names no version - took the newest, Arcade/Versioned-v5", "GenieEnvWarning"],
    ]);
  });

  test("RG-03 the newest version and an environment without versions are found without a warning", () => {
    expect(spec("CartPole-v1").id).toBe("CartPole-v1");
    expect(spec("Arcade/Unversioned").id).toBe("Arcade/Unversioned");
    expect(warning.mock.calls).toEqual([]);
  });

  test("RG-03 a name has versions always or never", () => {
    expect(() => register({ id: "CartPole", entryPoint })).toThrow(RegistrationError);
    expect(() => register({ id: "CartPole", entryPoint })).toThrow("got CartPole beside CartPole-v0");
    expect(() => register({ id: "Arcade/Unversioned-v0", entryPoint })).toThrow("beside Arcade/Unversioned");
    expect([registry.has("CartPole"), registry.has("Arcade/Unversioned-v0")]).toEqual([false, false]);
  });

  test("RG-03 a namespace holds what is registered within it, and ends even with an error", () => {
    namespace("Scope", () => {
      register({ id: "Inner-v0", entryPoint });
      register({ id: "Scope/Named-v0", entryPoint });
      namespace("Deeper", () => register({ id: "Inner-v0", entryPoint }));
      register({ id: "After-v0", entryPoint });
      expect(() => register({ id: "Other/Inner-v0", entryPoint })).toThrow("must not name another");
    });
    expect(() =>
      namespace("Scope", () => {
        throw new ConfigError("stop");
      }),
    ).toThrow("stop");
    register({ id: "Outer-v0", entryPoint });
    const added = [...registry.keys()].filter((id) => !IDS.includes(id));
    expect(added).toEqual(["Scope/Inner-v0", "Scope/Named-v0", "Deeper/Inner-v0", "Scope/After-v0", "Outer-v0"]);
    expect(() => namespace("a/b", () => {})).toThrow(RegistrationError);
  });
});

describe("register", () => {
  test("fills in what a spec leaves out", () => {
    expect(spec("CartPole-v1")).toEqual({
      id: "CartPole-v1",
      rewardThreshold: null,
      nondeterministic: false,
      maxEpisodeSteps: null,
      orderEnforce: true,
      disableEnvChecker: false,
      options: {},
      additionalWrappers: [],
      vector: null,
    });
  });

  test("replaces with a warning", () => {
    register({ id: "Twice-v0", entryPoint });
    register({ id: "Twice-v0", entryPoint, maxEpisodeSteps: 9 });
    expect(spec("Twice-v0").maxEpisodeSteps).toBe(9);
    expect(warning.mock.calls).toEqual([
      ["register: Twice-v0 is registered already - it is replaced", "GenieEnvWarning"],
    ]);
  });

  test("refuses an environment that nothing makes, and a spec that breaks a rule", () => {
    expect(() => register({ id: "Nothing-v0" })).toThrow(RegistrationError);
    expect(() => register({ id: "Limit-v0", entryPoint, maxEpisodeSteps: 0 })).toThrow(ConfigError);
    const typo = { id: "Typo-v0", entryPoint, maxSteps: 5 };
    expect(() => register(typo)).toThrow("maxSteps");
    for (const id of ["Nothing-v0", "Limit-v0", "Typo-v0"]) expect(registry.has(id)).toBe(false);
  });

  test("keeps a spec of its own, which nobody can change", () => {
    const options = { length: 5 };
    register({ id: "Frozen-v0", entryPoint, options });
    options.length = 6;
    expect(spec("Frozen-v0").options).toEqual({ length: 5 });
    expect(Object.isFrozen(spec("Frozen-v0"))).toBe(true);
  });
});

test("RG-07 the registry prints as a table, one block for each namespace", () => {
  for (const id of ["Short-v0", "MountainCarContinuous-v0", "Cart-v1"]) register({ id: `Table/${id}`, entryPoint });
  register({ id: "Left-Out/Cart-v1", entryPoint });
  const blocks = pprintRegistry({ numCols: 2, excludeNamespaces: ["Left-Out"] }).split("\n\n");
  const titles = blocks.map((block) => block.split("\n")[0]);
  expect(titles).toEqual(expect.arrayContaining(["===== Table =====", "===== no namespace ====="]));
  expect(titles).not.toContain("===== Left-Out =====");
  expect(blocks.find((block) => block.startsWith("===== Table"))?.split("\n")).toEqual([
    "===== Table =====",
    "Table/Cart-v1                   Table/MountainCarContinuous-v0",
    "Table/Short-v0",
  ]);
  expect(pprintRegistry()).toContain("===== Left-Out =====");
});
