import { perplexity } from "../../metrics/information.ts";

/** What the alarm knows after an update. */
export type CodeUsage = {
  /** Perplexity of the codes of the last hundred updates or so, in [1, numCodes]. */
  readonly inUse: number;
  /** Said once, when fewer than half of the codes are in use; null otherwise. */
  readonly warning: string | null;
};

const MEMORY = 100;

/**
 * Watches how many codes a model uses, over many updates: a batch alone may show few. A latent action model that
 * collapses to one code still lowers its loss, so nothing else would tell.
 */
export function collapseAlarm(numCodes: number): (codes: ArrayLike<number>) => CodeUsage {
  const shares = new Array<number>(numCodes).fill(1 / numCodes);
  let isRinging = false;
  return (codes) => {
    for (let code = 0; code < numCodes; code++) shares[code] = (shares[code] ?? 0) * (1 - 1 / MEMORY);
    for (const code of Array.from(codes)) shares[code] = (shares[code] ?? 0) + 1 / MEMORY / codes.length;
    const inUse = perplexity(shares);
    const wasRinging = isRinging;
    isRinging = inUse < numCodes / 2;
    return { inUse, warning: isRinging && !wasRinging ? describe(inUse, numCodes) : null };
  };
}

function describe(inUse: number, numCodes: number): string {
  const rule = `at least half of the ${numCodes} latent actions should be in use, got ${inUse.toFixed(1)}`;
  return `latent actions: ${rule} - they collapse; try videos in which more moves, or a larger genie.actions.quantizer.deadAfter`;
}
