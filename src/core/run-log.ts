import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CheckpointError, ConfigError } from "./errors.ts";
import { encodeScalarsEvent, encodeVersionEvent } from "./tensorboard.ts";

/** The numbers of one moment of a run. */
export type RunLogRow = {
  readonly step: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly values: Readonly<Record<string, number>>;
};

const ROWS_FILE = "log.jsonl";
const TABLE_FILE = "log.csv";
const EVENTS_FILE = "events.out.tfevents.genie-env";

/** JSON has no such numbers; a run that diverges must still be readable. */
const NotFinite = z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number);
const StoredRow = z
  .object({ step: z.int().nonnegative(), time: z.number() })
  .catchall(z.union([z.number(), NotFinite]));

/**
 * The scalars of a training run as JSON lines, as CSV and as TensorBoard events, all in one folder.
 *
 * `log.jsonl` is the log, one `{ step, time, ...scalars }` per line, where NaN and the infinities are strings. The other
 * two are views of it: written row by row, and anew when the log is opened, truncated, or gets a new column.
 */
export class RunLog {
  readonly #folder: string;
  #rows: RunLogRow[];
  #columns = new Set<string>();

  /** Use `openRunLog`. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    this.#rows = readRunLog(folder);
    this.#rewrite();
  }

  /** Every row so far, in order. */
  get rows(): readonly RunLogRow[] {
    return this.#rows;
  }

  /**
   * Appends a row. Steps never decrease; a step may have several rows. A scalar that is new becomes a CSV column.
   * @throws ConfigError when the step goes back, is no whole number, or a scalar is named `step` or `time`.
   */
  scalars(step: number, values: Readonly<Record<string, number>>): void {
    this.#expectRow(step, values);
    const row = { step, time: Date.now() / 1000, values: { ...values } };
    this.#rows.push(row);
    appendFileSync(this.#path(ROWS_FILE), lineOf(row));
    appendFileSync(this.#path(EVENTS_FILE), encodeScalarsEvent(row.time, step, values));
    const isTableWideEnough = Object.keys(values).every((name) => this.#columns.has(name));
    if (isTableWideEnough) appendFileSync(this.#path(TABLE_FILE), tableLineOf(row, this.#columns));
    else this.#rewriteTable();
  }

  /** Drops the rows after `step`: a run resumed from a checkpoint of that step logs them again. */
  truncateAfter(step: number): void {
    this.#rows = this.#rows.filter((row) => row.step <= step);
    this.#rewrite();
  }

  #expectRow(step: number, values: Readonly<Record<string, number>>): void {
    const lastStep = this.#rows.at(-1)?.step ?? 0;
    if (!Number.isSafeInteger(step) || step < lastStep) {
      throw new ConfigError(
        `RunLog.scalars: step must be an integer from ${lastStep} on, got ${step} - call truncateAfter to go back`,
      );
    }
    const names = Object.keys(values);
    if (names.includes("step") || names.includes("time")) {
      throw new ConfigError(`RunLog.scalars: a scalar must not be named step or time, got [${names.join(", ")}]`);
    }
  }

  #rewrite(): void {
    const began = this.#rows.at(0)?.time ?? Date.now() / 1000;
    const events = this.#rows.map(({ time, step, values }) => encodeScalarsEvent(time, step, values));
    this.#replace(ROWS_FILE, this.#rows.map(lineOf).join(""));
    this.#replace(EVENTS_FILE, Buffer.concat([encodeVersionEvent(began), ...events]));
    this.#rewriteTable();
  }

  #rewriteTable(): void {
    this.#columns = new Set(this.#rows.flatMap(({ values }) => Object.keys(values)));
    const header = ["step", "time", ...this.#columns].map(quote).join(",");
    const lines = this.#rows.map((row) => tableLineOf(row, this.#columns));
    this.#replace(TABLE_FILE, `${header}\n${lines.join("")}`);
  }

  #replace(name: string, content: string | Uint8Array): void {
    const temporary = this.#path(`${name}.tmp`);
    writeFileSync(temporary, content, { flush: true });
    renameSync(temporary, this.#path(name));
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

/**
 * Opens the log of a folder, new or to be continued; a last line cut short by a crash is dropped.
 * @throws CheckpointError when the log is damaged.
 */
export function openRunLog(folder: string): RunLog {
  return new RunLog(folder);
}

/**
 * The rows of a folder's log, without writing to it; none when there is no log.
 * @throws CheckpointError when a whole line is not a row.
 */
export function readRunLog(folder: string): RunLogRow[] {
  const path = join(folder, ROWS_FILE);
  if (!existsSync(path)) return [];
  const wholeLines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return wholeLines.map((line, i) => parseLine(line, `${path}:${i + 1}`));
}

function parseLine(line: string, where: string): RunLogRow {
  try {
    const { step, time, ...values } = StoredRow.parse(JSON.parse(line));
    return { step, time, values };
  } catch (error) {
    throw new CheckpointError(`${where}: must be a row of a run log, got ${line.slice(0, 80)}`, { cause: error });
  }
}

function lineOf({ step, time, values }: RunLogRow): string {
  const stored = Object.entries(values).map(
    ([name, value]) => [name, Number.isFinite(value) ? value : String(value)] as const,
  );
  return `${JSON.stringify({ step, time, ...Object.fromEntries(stored) })}\n`;
}

function tableLineOf({ step, time, values }: RunLogRow, columns: ReadonlySet<string>): string {
  return `${[step, time, ...Array.from(columns, (name) => values[name] ?? "")].join(",")}\n`;
}

function quote(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
