import type { SpacesText } from "./row-template.ts";
import type { EnvSource } from "./env-source.ts";
import type { RowCommand, RowOutcome, RowQuestion } from "./row-command.ts";

/** What environment stands at a row. */
export type RowSource = { readonly row: number; readonly source: EnvSource };

/** What is asked of a worker thread with environments. */
export type EnvRequest =
  | {
      readonly kind: "open";
      readonly rows: readonly RowSource[];
      /** Where to write observations: a batch in shared memory, of all rows; null to send them with each answer. */
      readonly batch: unknown;
    }
  | { readonly kind: "command"; readonly commands: readonly RowCommand[] }
  | { readonly kind: "ask"; readonly questions: readonly RowQuestion[] }
  | { readonly kind: "close" };

/** What it answers. */
export type EnvAnswer = {
  /** After "open": those of each row. */
  readonly spaces?: readonly SpacesText[];
  /** After "command": what came of each command, and the observations that have no place in shared memory. */
  readonly outcomes?: readonly RowOutcome[];
  readonly observations?: readonly (readonly [row: number, obs: unknown])[];
  /** After "ask": one answer per question. */
  readonly answers?: readonly unknown[];
  /** The first environment that threw. */
  readonly failure?: RowFailure;
};

/** What is left of an error on its way between threads. */
export type RowFailure = {
  readonly row: number;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
};
