import { ConfigError } from "../../core/errors.ts";
import type { Env, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { getWrapperAttr, ownerOf, setWrapperAttr } from "../wrapper-attr.ts";
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
  if (question.kind === "set") return setWrapperAttr(env, name, question.value);
  const attribute = getWrapperAttr(env, name);
  // A method runs on the layer that has it: private members are not found through a wrapper.
  return typeof attribute === "function" ? Reflect.apply(attribute, ownerOf(env, name), [...question.args]) : attribute;
}

function envOf<E>(envs: readonly E[], row: number): E {
  const env = envs[row];
  if (env !== undefined) return env;
  throw new ConfigError(`vector environment: a row must have an environment, got row ${row}`);
}
