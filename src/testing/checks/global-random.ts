/** Only one check at a time may stand in for the global function, or they would take each other for it. */
let lastTurn: Promise<unknown> = Promise.resolve();

/** Runs `work` and counts the calls of the global `Math.random`, which goes on to answer. */
export function countGlobalRandom<T>(work: () => Promise<T>): Promise<[result: T, calls: number]> {
  const turn = lastTurn.then(() => countCalls(work));
  lastTurn = turn.catch(() => undefined);
  return turn;
}

async function countCalls<T>(work: () => Promise<T>): Promise<[result: T, calls: number]> {
  const original = Object.getOwnPropertyDescriptor(Math, "random") ?? {};
  const random: unknown = original.value;
  let calls = 0;
  const counted = (): unknown => {
    calls += 1;
    return typeof random === "function" ? Reflect.apply(random, Math, []) : undefined;
  };
  Object.defineProperty(Math, "random", { ...original, value: counted });
  try {
    return [await work(), calls];
  } finally {
    Object.defineProperty(Math, "random", original);
  }
}
