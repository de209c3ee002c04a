import { SingleBar } from "cli-progress";

/** What a progress line shows beside the step: the loss, frames per second, code usage. */
export type ProgressFields = Readonly<Record<string, string | number>>;

/** Shows how far a long task is. Dispose of it (`using`), or call `finish`: a bar's timer keeps the process alive. */
export type Progress = Disposable & {
  /** Reports that `step` of `total` steps are done. Fields of earlier calls are forgotten. */
  update(step: number, fields?: ProgressFields): void;
  /** Shows the last state once more and stops. May be called twice. */
  finish(): void;
};

/** How a task is shown. */
export type ProgressOptions = {
  /** The number of steps of the whole task. */
  readonly total: number;
  /** What is going on, in a word or two. */
  readonly label: string;
  /** Steps done before this process began (a resumed run); 0 by default. */
  readonly start?: number;
  /** A terminal gets a bar, anything else sparse plain lines. Standard error by default. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Shows nothing. */
  readonly silent?: boolean;
  /** A clock in milliseconds. */
  readonly now?: () => number;
};

type Report = { readonly step: number; readonly fields: ProgressFields };

const MS_BETWEEN_LINES = 10_000;
const SHARE_BETWEEN_LINES = 0.05;

/** Shows a task of `total` steps: step, fields and the time that is left. */
export function createProgress(options: ProgressOptions): Progress {
  const { stream = process.stderr, silent = false } = options;
  if (silent) return progressOf({ update: () => {}, finish: () => {} });
  return progressOf(stream.isTTY === true ? createBar({ ...options, stream }) : createLines({ ...options, stream }));
}

type ResolvedOptions = ProgressOptions & Required<Pick<ProgressOptions, "stream">>;
type Display = { readonly update: (report: Report) => void; readonly finish: (last: Report | undefined) => void };

function progressOf({ update, finish }: Display): Progress {
  let last: Report | undefined;
  let isFinished = false;
  const finishOnce = () => {
    if (isFinished) return;
    isFinished = true;
    finish(last);
  };
  return {
    update: (step, fields = {}) => {
      if (isFinished) return;
      last = { step, fields };
      update(last);
    },
    finish: finishOnce,
    [Symbol.dispose]: finishOnce,
  };
}

function createBar({ total, label, start = 0, stream }: ResolvedOptions): Display {
  const bar = new SingleBar({
    stream,
    format: "{label} {bar} {value}/{total}{fields}  eta {eta_formatted}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 20,
    etaBuffer: 50,
    linewrap: null,
    hideCursor: null,
    gracefulExit: false,
  });
  bar.start(total, start, { label, fields: "" });
  return {
    update: ({ step, fields }) => bar.update(step, { fields: describeFields(fields) }),
    finish: () => bar.stop(),
  };
}

function createLines({ total, label, start = 0, stream, now = () => performance.now() }: ResolvedOptions): Display {
  const began = now();
  let written = { step: start, at: began };
  const write = ({ step, fields }: Report) => {
    written = { step, at: now() };
    // Nobody knows how long a step takes before one is done.
    const msLeft = step > start ? ((written.at - began) / (step - start)) * (total - step) : undefined;
    const eta = msLeft === undefined ? "?" : describeDuration(msLeft);
    stream.write(`${label} ${step}/${total}${describeFields(fields)}  eta ${eta}\n`);
  };
  return {
    update: (report) => {
      const isDue = report.step - written.step >= SHARE_BETWEEN_LINES * total || now() - written.at >= MS_BETWEEN_LINES;
      if (isDue) write(report);
    },
    finish: (last) => {
      if (last !== undefined && last.step !== written.step) write(last);
    },
  };
}

function describeFields(fields: ProgressFields): string {
  return Object.entries(fields)
    .map(([name, value]) => `  ${name} ${typeof value === "number" ? describeNumber(value) : value}`)
    .join("");
}

/** Whole numbers in full, others with four significant digits. */
function describeNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

function describeDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${twoDigits(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h${twoDigits(minutes % 60)}m`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
