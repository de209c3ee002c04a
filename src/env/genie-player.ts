import type { Look, Seen } from "../model/world-model.ts";
import { addRewards, noReward } from "./rewards.ts";
import type { Reward, Scorer } from "./rewards.ts";
import type { WorldRows } from "./world-rows.ts";

/** What a step's last frame showed, null when no model ran, and what its frames earned together. */
export type Played = { readonly seen: Seen | null; readonly earned: Reward };

/** Plays and scores steps of all rows, each of which holds its actions for some frames. */
export class GeniePlayer {
  readonly #rows: WorldRows;
  readonly #scorer: Scorer;
  readonly #frameSkip: number;

  constructor(rows: WorldRows, scorer: Scorer, frameSkip: number) {
    this.#rows = rows;
    this.#scorer = scorer;
    this.#frameSkip = frameSkip;
  }

  /**
   * Steps one after another, under actions int32 [B] each; what is wanted of their last frames, and what scores them, comes
   * down in one read at the end. No model runs when every row is idle, that is about to be reset.
   */
  async play(steps: readonly Int32Array[], idle: readonly number[], look: Look): Promise<Played[]> {
    if (idle.length === this.#rows.numEnvs)
      return steps.map(({ length }) => ({ seen: null, earned: noReward(length) }));
    let before = await this.#scorer.before(this.#rows);
    const frames = steps.flatMap((actions) => this.#looks(look).map((own) => ({ actions, look: own })));
    const seen = await this.#rows.play(frames, idle);
    const played: Played[] = [];
    for (const [step, actions] of steps.entries()) {
      const own = seen.slice(step * this.#frameSkip, (step + 1) * this.#frameSkip);
      played.push({ seen: own.at(-1) ?? null, earned: await this.#score(before, own, actions) });
      before = own.at(-1) ?? before;
    }
    return played;
  }

  /** What is wanted of each frame of a step. */
  #looks(look: Look): Look[] {
    const { everyFrame, look: scored } = this.#scorer;
    return Array.from({ length: this.#frameSkip }, (_, frame) => {
      if (frame === this.#frameSkip - 1) return { ...scored, ...look };
      return everyFrame ? scored : {};
    });
  }

  /** All frames of a step, scored as one or one by one as the reward model wants it. */
  async #score(before: Seen, frames: readonly Seen[], actions: Int32Array): Promise<Reward> {
    const scored = this.#scorer.everyFrame ? frames : frames.slice(-1);
    let [last, earned] = [before, null as Reward | null];
    for (const frame of scored) {
      const next = await this.#scorer.score(last, frame, actions);
      earned = earned === null ? next : addRewards(earned, next);
      last = frame;
    }
    return earned ?? noReward(actions.length);
  }
}
