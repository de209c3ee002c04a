import { z } from "zod";
import { parseOptions } from "../../core/options.ts";
import { Branching, type Branch, type BranchingEnv, type Plan, type PlanGoal } from "./branching.ts";

/** How wide a beam looks. */
export const BeamConfig = z.strictObject({
  width: z.int().positive().default(8).describe("states that are gone on from at each step"),
});
/** What a user writes; see `BeamConfig`. */
export type BeamOptions = z.input<typeof BeamConfig>;

/** What actions lead to. */
type Way = { readonly actions: readonly number[]; readonly value: number };

/**
 * Plans by a beam search over saved and restored states: tries every action from each of the best states, and goes on
 * from those whose observations are best, and were not gone on from before; equal observations count once. Its plan is the shortest to the best thing that
 * it saw. The rows of `env` are lost.
 * @throws ConfigError for an option that breaks a rule, or actions that are not Discrete; DataError for an objective that is
 * no number.
 */
export async function planByBeam<State>(
  env: BranchingEnv<State>,
  goal: PlanGoal<State>,
  options: BeamOptions = {},
): Promise<Plan> {
  const { width } = parseOptions(BeamConfig, options, "planByBeam");
  const branching = new Branching(env, goal, "planByBeam");
  const { horizon, enough } = branching;
  /** Observations that were gone on from. */
  const known = new Set<string>();
  let best: Way = { actions: [], value: branching.start };
  let beam: readonly (Way & { readonly state: State })[] = [{ ...best, state: goal.from }];
  for (let t = 1; t <= horizon && beam.length > 0 && best.value < enough; t++) {
    const next: (Way & { readonly observation: unknown; readonly state: State })[] = [];
    const seen = new Set(known);
    for (const tries of branching.batches(beam.flatMap((node) => triesFrom(node, branching)))) {
      const branches = await branching.expand(tries);
      const ways = branches.map((branch) => ({ ...branch, actions: tries[branch.row]?.actions ?? [] }));
      best = bestOf<Way>([best, ...ways], 1)[0] ?? best;
      const goesOn = t < horizon && best.value < enough;
      // States are large: only those that may be gone on from are read.
      if (goesOn) next.push(...(await branching.save(bestOf(newOnes(ways, seen), width))));
    }
    const kept = bestOf(next, width);
    for (const { observation } of kept) known.add(keyOf(observation));
    beam = kept;
  }
  return { actions: best.actions, value: best.value, steps: branching.steps };
}

/** Every action from a state, and the way that it makes. */
function triesFrom<State>(
  { state, actions }: Way & { readonly state: State },
  { numActions, firstAction }: { readonly numActions: number; readonly firstAction: number },
) {
  return Array.from({ length: numActions }, (_, i) => {
    const action = firstAction + i;
    return { state, action, actions: [...actions, action] };
  });
}

/** The best first; of those that are as good, the order stays. */
function bestOf<T extends Way>(ways: readonly T[], count: number): T[] {
  return ways.toSorted((a, b) => b.value - a.value).slice(0, count);
}

/** Those that go on, and show what was not seen before. */
function newOnes<T extends Branch>(branches: readonly T[], seen: Set<string>): T[] {
  return branches.filter(({ observation, hasEnded }) => {
    const key = keyOf(observation);
    if (hasEnded || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function keyOf(obs: unknown): string {
  return ArrayBuffer.isView(obs)
    ? Buffer.from(obs.buffer, obs.byteOffset, obs.byteLength).toString("base64")
    : JSON.stringify(obs);
}
