import { ConfigError } from "../../core/errors.ts";
import type { Env, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { EnvLayer } from "../wrapper.ts";
import type { AnyEnv } from "../wrapper.ts";

/** What a vector environment asks of one row: to go on, or to begin an episode. */
export type RowCommand<Act = unknown> =
  | { readonly kind: "step"; readonly row: number; readonly action: Act }
  | { readonly kind: "reset"; readonly row: number; readonly args: ResetArgs };

/** What came of it, beside the observation; a reset pays nothing and ends nothing. */
export type RowOutcome = [reward: number, terminated: boolean, truncated: boolean, info: unknown];

/** A question to one environment: what a method returns, an attribute's value, or to set one. */
export type RowQuestion =
  | { readonly kind: "call"; readonly row: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: "set"; readonly row: number; readonly name: string; readonly value: unknown };

/** Carries out a command on the environment of its row, and hands the observation to `place`. */
export function obey<Obs, Act, M extends Mode>(
  envs: readonly Env<Obs, Act, unknown, M>[],
  command: RowCommand<Act>,
  place: (row: number, obs: Obs) => void,
): Reply<RowOutcome, M> {
  const env = envOf(envs, command.row);
  if (command.kind === "step") {
    return andThen<StepResult<Obs, unknown>, RowOutcome, M>(env.step(command.action), ([obs, ...outcome]) => {
      place(command.row, obs);
      return outcome;
    });
  }
  return andThen<ResetResult<Obs, unknown>, RowOutcome, M>(env.reset(command.args), ([obs, info]) => {
    place(command.row, obs);
    return [0, false, false, info];
  });
}

/**
 * Asks an environment: the outermost layer that has the attribute answers.
 * @throws ConfigError when none has it, or it cannot be set.
 */
export function answer(envs: readonly AnyEnv[], question: RowQuestion): unknown {
  const { name, row } = question;
  const env = envOf(envs, row);
  const owner = ownerOf(env, name);
  if (question.kind === "set") {
    if (Reflect.set(name in owner ? owner : env, name, question.value)) return undefined;
    throw new ConfigError(`setAttr: the attribute must be writable, got ${name} of ${owner.toString()}`);
  }
  if (!(name in owner))
    throw new ConfigError(`call: an environment must have the attribute, got ${name} for ${env.toString()}`);
  const attribute: unknown = Reflect.get(owner, name);
  return typeof attribute === "function" ? Reflect.apply(attribute, owner, [...question.args]) : attribute;
}

function ownerOf(env: AnyEnv, name: string): AnyEnv {
  return !(name in env) && env instanceof EnvLayer ? ownerOf(env.env, name) : env;
}

function envOf<E>(envs: readonly E[], row: number): E {
  const env = envs[row];
  if (env !== undefined) return env;
  throw new ConfigError(`vector environment: a row must have an environment, got row ${row}`);
}
