import type { EnvSpec } from "./spec.ts";

const MAX_LENGTH = 120;

/** Any value as a short text for an error message. Never throws, whatever the value. */
export function describe(value: unknown): string {
  if (typeof value === "string") return shorten(JSON.stringify(value));
  if (typeof value === "bigint") return shorten(`${value}n`);
  if (typeof value !== "object" || value === null) return shorten(String(value));
  const type = Object.prototype.toString.call(value).slice("[object ".length, -1);
  if (Array.isArray(value)) return `${type} of ${value.length}`;
  return ArrayBuffer.isView(value) ? shorten(`${type} [${Array.prototype.join.call(value, ", ")}]`) : type;
}

/** A list with its members, any other value as `describe` says it. */
export function describeAll(value: unknown): string {
  return Array.isArray(value) ? shorten(`[${value.map(describe).join(", ")}]`) : describe(value);
}

/** A text of at most so many letters that a message stays readable. */
export function shorten(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}...`;
}

/** A bare environment as its class and id: `<CartPoleEnv<CartPole-v1>>`, or `<CartPoleEnv instance>` without a spec. */
export function describeEnv({
  constructor,
  spec,
}: {
  readonly constructor: Function;
  readonly spec: EnvSpec | null;
}): string {
  return `<${constructor.name}${spec === null ? " instance" : `<${spec.id}>`}>`;
}
