import { z } from "zod";
import { parseOptions } from "../../core/options.ts";
import { Branching, type Branches, type BranchingEnv, type Plan, type PlanGoal } from "./branching.ts";

/** How wide a beam looks. */
export const BeamConfig = z.strictObject({
  width: z.int().positive().default(8).describe("states that are gone on from at each step"),
});
export type BeamOptions = z.input<typeof BeamConfig>;

/** A state, and what led to it. */
type Node<State> = { readonly state: State; readonly actions: readonly number[]; readonly value: number };

/**
 * Plans by a beam search over saved and restored states: tries every action from each of the best states, and goes on
 * from those whose observations are best; equal observations count once. Its plan is the shortest to the best thing that
 * it saw. The rows of `env` are lost.
 * @throws ConfigError for an option that breaks a rule, or actions that are not Discrete.
 */
export async function planByBeam<State>(
  env: BranchingEnv<State>,
  { from, objective, enough = Infinity, horizon }: PlanGoal<State>,
  options: BeamOptions = {},
): Promise<Plan> {
  const { width } = parseOptions(BeamConfig, options, "planByBeam");
  const branching = new Branching(env, objective);
  const actions = Array.from({ length: branching.numActions }, (_, i) => branching.firstAction + i);
  let beam: readonly Node<State>[] = [{ state: from, actions: [], value: -Infinity }];
  let best: Node<State> | null = null;
  const seen = new Set<string>();
  for (let t = 0; t < horizon && beam.length > 0 && (best?.value ?? -Infinity) < enough; t++) {
    const parents = beam.flatMap((node) => actions.map((action) => ({ node, action })));
    const branches = await branching.expand(
      parents.map(({ node }) => node.state),
      parents.map(({ action }) => action),
    );
    const children = parents.map(({ node, action }, i) => ({
      state: branches.states[i] ?? node.state,
      actions: [...node.actions, action],
      value: branches.values[i] ?? -Infinity,
    }));
    for (const child of children) if (child.value > (best?.value ?? -Infinity)) best = child;
    beam = newOnes(children, branches, seen)
      .toSorted((a, b) => b.value - a.value)
      .slice(0, width);
  }
  return { actions: best?.actions ?? [], value: best?.value ?? -Infinity, steps: branching.steps };
}

/** Those that go on, and show what was not seen before. */
function newOnes<State>(
  children: readonly Node<State>[],
  { observations, ended }: Branches<State>,
  seen: Set<string>,
): Node<State>[] {
  return children.filter((_, i) => {
    const key = keyOf(observations[i]);
    if (ended[i] || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function keyOf(obs: unknown): string {
  return ArrayBuffer.isView(obs)
    ? Buffer.from(obs.buffer, obs.byteOffset, obs.byteLength).toString("base64")
    : JSON.stringify(obs);
}
