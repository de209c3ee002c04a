import { GenieError } from "../../core/errors.ts";
import { describe, shorten } from "../describe.ts";
import { warn } from "../warn.ts";
import type { AnyEnv } from "../wrapper.ts";

/** @throws GenieError unless both spaces are there. */
export function checkSpaces(env: AnyEnv): void {
  for (const name of ["actionSpace", "observationSpace"] as const) {
    const space: unknown = env[name];
    if (space === undefined) fail(`the environment must have a property ${name}, got none`);
    if (!isSpace(space)) fail(`${name} must be a Space, got ${describe(space)}`);
  }
}

/** @throws GenieError unless `result` is [obs, info]. Warns of an observation outside the space. */
export function checkReset(env: AnyEnv, result: unknown): void {
  if (!Array.isArray(result) || result.length !== 2) fail(`reset must return [obs, info], got ${describe(result)}`);
  const [obs, info]: readonly unknown[] = result;
  checkInfo("reset", info);
  checkObservation("reset", env, obs);
}

/** @throws GenieError unless `result` has its five parts, info a record. Warns of parts of the wrong kind. */
export function checkStep(env: AnyEnv, result: unknown): void {
  if (!Array.isArray(result) || result.length !== 5) {
    fail(`step must return [obs, reward, terminated, truncated, info], got ${describe(result)}`);
  }
  const [obs, reward, terminated, truncated, info]: readonly unknown[] = result;
  checkInfo("step", info);
  checkObservation("step", env, obs);
  if (typeof reward !== "number" || !Number.isFinite(reward)) {
    advise(`step: the reward should be a finite number, got ${describe(reward)}`);
  }
  for (const [name, flag] of Object.entries({ terminated, truncated })) {
    if (typeof flag !== "boolean") advise(`step: ${name} should be a boolean, got ${describe(flag)}`);
  }
}

/**
 * @throws GenieError for a render mode that the metadata does not name, or a frame rate that is not positive. Warns of a
 * frame that does not suit the mode.
 */
export function checkRender({ metadata, renderMode }: AnyEnv, frame: unknown): void {
  const { renderModes, renderFps } = metadata;
  if (renderMode === null) return;
  if (!renderModes.includes(renderMode)) fail(`renderMode must be one of [${renderModes}], got ${renderMode}`);
  if (renderFps === undefined) advise("metadata should have renderFps, got none");
  else if (!(renderFps > 0)) fail(`metadata.renderFps must be > 0, got ${renderFps}`);
  if (!suits(renderMode, frame)) advise(`render: the frame does not suit mode ${renderMode}, got ${describe(frame)}`);
}

function suits(renderMode: string, frame: unknown): boolean {
  if (renderMode === "human") return frame === null;
  if (renderMode === "ansi") return typeof frame === "string";
  return typeof frame === "object" && frame !== null && "data" in frame && frame.data instanceof Uint8Array;
}

function checkInfo(where: string, info: unknown): void {
  if (typeof info === "object" && info !== null && !Array.isArray(info)) return;
  fail(`${where}: info must be a record, got ${describe(info)}`);
}

function checkObservation(where: string, env: AnyEnv, obs: unknown): void {
  if (env.observationSpace.contains(obs)) return;
  const space = shorten(String(env.observationSpace));
  advise(`${where}: the observation should be a member of the observation space, ${space}, got ${describe(obs)}`);
}

function isSpace(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return ["contains", "sample", "seed"].every((name) => typeof Reflect.get(value, name) === "function");
}

function fail(problem: string): never {
  throw new GenieError(`PassiveEnvChecker: ${problem} - checkEnv lists all that is wrong`);
}

function advise(problem: string): void {
  warn(`PassiveEnvChecker: ${problem} - checkEnv lists all that is wrong`);
}
