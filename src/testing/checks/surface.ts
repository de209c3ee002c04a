import { isRecord } from "../../core/record.ts";
import { describe } from "../../env/describe.ts";
import { finding } from "../finding.ts";
import type { Finding } from "../finding.ts";

const METHODS = ["reset", "step", "render", "close"] as const;
const SPACE_METHODS = ["seed", "sample", "contains", "batch", "toJSON"] as const;

/** What a single environment has beside the methods, and the spaces that it names. */
export const ENV_MEMBERS = ["metadata", "renderMode", "spec", "unwrapped"] as const;
export const ENV_SPACES = ["actionSpace", "observationSpace"] as const;

/** What a vector environment has beside these. */
export const VECTOR_MEMBERS = [...ENV_MEMBERS, "numEnvs"] as const;
export const VECTOR_SPACES = [...ENV_SPACES, "singleActionSpace", "singleObservationSpace"] as const;

/** The members of the interface: there, and of the right kind. All other checks rest on these. */
export function* checkSurface(env: unknown, members: readonly string[], spaces: readonly string[]): Generator<Finding> {
  if (!isRecord(env)) {
    yield finding("not-an-env", "env", `got ${describe(env)}`);
    return;
  }
  if ("numEnvs" in env && "singleActionSpace" in env && !spaces.includes("singleActionSpace")) {
    yield finding("not-an-env", "env", "got a vector environment - take checkVectorEnv");
    return;
  }
  for (const name of METHODS) {
    if (typeof env[name] !== "function") yield finding("not-an-env", name, "got no such method");
  }
  for (const name of [...members, ...spaces]) {
    if (env[name] === undefined) yield finding("not-an-env", name, "got undefined");
  }
  for (const name of spaces) {
    if (env[name] !== undefined && !isSpace(env[name]))
      yield finding("not-a-space", name, `got ${describe(env[name])}`);
  }
  if (typeof env["seed"] === "function") yield finding("seed-method", "seed");
}

function isSpace(value: unknown): boolean {
  return isRecord(value) && SPACE_METHODS.every((method) => typeof value[method] === "function");
}
