/** Hands `work` a signal that control-C and a polite kill raise; a second one ends the process at once. */
export async function untilSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/** What a shell reports of a command that control-C ended. */
export const INTERRUPTED = 130;

/** The same for work that throws when it is told to stop: that is said in a line, and shows in the exit status. */
export async function unlessStopped(label: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  await untilSignal(async (signal) => {
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      console.error(`${label}: stopped before all was measured`);
      process.exitCode = INTERRUPTED;
    }
  });
}
