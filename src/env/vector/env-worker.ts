import { parentPort } from "node:worker_threads";

import { serveCalls } from "../../core/worker-client.ts";
import { writeRow } from "../spaces/batching.ts";
import type { AnyEnv } from "../wrapper.ts";
import { spacesOf } from "./row-template.ts";
import type { SpacesText } from "./row-template.ts";
import { openSource } from "./env-source.ts";
import { answer, obey } from "./row-command.ts";
import type { RowCommand } from "./row-command.ts";
import { settleAll } from "./turns.ts";
import type { EnvAnswer, EnvRequest, RowFailure, RowSource } from "./worker-protocol.ts";

/*
 * What a worker thread of `WorkerVectorEnv` runs: the environments of some of its rows.
 */

/** The environments of this thread at their rows of the batch. */
const envs: AnyEnv[] = [];
/** Where observations are written, in memory that the threads share; null where they are sent instead. */
let batch: unknown = null;

async function perform(request: EnvRequest): Promise<EnvAnswer> {
  switch (request.kind) {
    case "open":
      ({ batch } = request);
      return { spaces: await forRows(request.rows, open) };
    case "command":
      return command(request.commands);
    case "ask":
      return { answers: await forRows(request.questions, async (question) => answer(envs, question)) };
    case "close":
    default:
      for (const env of envs) env?.close();
      return {};
  }
}

async function open({ row, source }: RowSource): Promise<SpacesText> {
  const env = await openSource(source);
  envs[row] = env;
  return spacesOf(env);
}

async function command(commands: readonly RowCommand[]): Promise<EnvAnswer> {
  const observations: [row: number, obs: unknown][] = [];
  const place = (row: number, obs: unknown): void => {
    const space = envs[row]?.observationSpace;
    if (batch === null || space === undefined) observations.push([row, obs]);
    else writeRow(space, batch, row, obs);
  };
  const outcomes = await forRows(commands, async (one) => obey(envs, one, place));
  return { outcomes, observations };
}

/** Does something for each row at once; what one throws is said to be of its row. */
function forRows<T extends { readonly row: number }, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  return settleAll(
    items.map(async (item) => {
      try {
        return await work(item);
      } catch (error) {
        throw new RowError(item.row, error);
      }
    }),
  );
}

class RowError extends Error {
  readonly failure: RowFailure;

  constructor(row: number, error: unknown) {
    super();
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    this.failure = { row, name, message, stack };
  }
}

serveCalls<EnvAnswer>(parentPort, async (request: EnvRequest) => {
  try {
    return await perform(request);
  } catch (error) {
    if (error instanceof RowError) return { failure: error.failure };
    throw error;
  }
});
