import { DataError } from "../../core/errors.ts";
import { int32, type HostTensors } from "../../core/host-tensor.ts";
import type { Rng } from "../../core/rng.ts";
import { HEAD_FRAMES } from "../reward-heads.ts";
import type { TokenEpisode } from "../judge-episodes.ts";

type Step = { readonly episode: number; readonly step: number; readonly reward: number; readonly end: number };
/** Steps that are drawn alike, and how often one of them is drawn. */
type Group = { readonly share: number; readonly steps: readonly Step[] };

/** How steps are drawn for a batch. */
export type SamplerOptions = {
  readonly tokensPerFrame: number;
  readonly vocabularySize: number;
  readonly batchSize: number;
  /** Share of the batch that pays other than usual, or ends: both alike. The rest is drawn among all steps. */
  readonly eventShare: number;
  /** Largest share of a step's tokens that is replaced at random: dreams are less clean than films. */
  readonly corruption: number;
};

const MAX_REWARDS = 64;

/**
 * Draws labelled steps for the heads. What they shall find is rare (a coin in two hundred frames), so it is drawn more
 * often than it happens; `logOdds` says by how much, to be added to what was learnt.
 */
export class LabelSampler {
  /** The distinct rewards, rising. */
  readonly rewards: readonly number[];
  readonly numSteps: number;
  readonly #episodes: readonly TokenEpisode[];
  readonly #groups: readonly Group[];
  readonly #options: SamplerOptions;

  /** @throws DataError when there is no step, or there are too many different rewards to be classes. */
  constructor(episodes: readonly TokenEpisode[], options: SamplerOptions) {
    this.#episodes = episodes;
    this.#options = options;
    this.rewards = [...new Set(episodes.flatMap(({ rewards }) => [...rewards]))].toSorted((a, b) => a - b);
    if (this.rewards.length > MAX_REWARDS) {
      throw new DataError(
        `heads: at most ${MAX_REWARDS} different rewards are told apart, got ${this.rewards.length} - round them`,
      );
    }
    const steps = this.#allSteps();
    this.numSteps = steps.length;
    if (steps.length === 0) throw new DataError("heads: episodes must have a step, got none - record some");
    this.#groups = groupsOf(steps, options.eventShare);
  }

  /** Tokens [B, 2, N], the class of the reward [B] and the end [B] of one batch; all randomness is the stream's. */
  draw(rng: Rng): HostTensors {
    const { batchSize, tokensPerFrame: n } = this.#options;
    const steps = Array.from({ length: batchSize }, () => this.#drawStep(rng));
    const tokens = new Int32Array(batchSize * HEAD_FRAMES * n);
    for (const [row, { episode, step }] of steps.entries()) {
      const seen = this.#episodes[episode]?.tokens.subarray(step * n, (step + HEAD_FRAMES) * n) ?? new Int32Array(0);
      tokens.set(this.#corrupt(seen, rng), row * HEAD_FRAMES * n);
    }
    return {
      tokens: int32(tokens, [batchSize, HEAD_FRAMES, n]),
      rewards: int32(
        Int32Array.from(steps, ({ reward }) => reward),
        [batchSize],
      ),
      ends: int32(
        Int32Array.from(steps, ({ end }) => end),
        [batchSize],
      ),
    };
  }

  /** Per class of the reward, and of going on and ending: the log of how often it happens over how often it is drawn. */
  logOdds(): { readonly reward: readonly number[]; readonly end: readonly number[] } {
    const shift = (count: number, isClass: (step: Step, index: number) => boolean) =>
      Array.from({ length: count }, (_, index) => {
        const share = ({ steps }: Group) => steps.filter((step) => isClass(step, index)).length / steps.length;
        const drawn = this.#groups.reduce((sum, group) => sum + group.share * share(group), 0);
        const natural = this.#groups.at(-1);
        const happens = natural ? share(natural) : 0;
        return happens > 0 ? Math.log(happens / drawn) : 0;
      });
    return {
      reward: shift(this.rewards.length, ({ reward }, index) => reward === index),
      end: shift(2, ({ end }, index) => end === index),
    };
  }

  #drawStep(rng: Rng): Step {
    let left = rng.uniform();
    const group = this.#groups.find(({ share }) => (left -= share) < 0) ?? this.#groups.at(-1);
    const step = group?.steps[rng.integer(group.steps.length)];
    if (step) return step;
    throw new DataError("heads: a group of steps must not be empty");
  }

  /** A copy of some tokens, some of them replaced. */
  #corrupt(tokens: Int32Array, rng: Rng): Int32Array {
    const { corruption, vocabularySize } = this.#options;
    const rate = corruption * rng.uniform();
    return tokens.map((token) => (rng.uniform() < rate ? rng.integer(vocabularySize) : token));
  }

  #allSteps(): Step[] {
    const classOf = new Map(this.rewards.map((value, index) => [value, index]));
    return this.#episodes.flatMap(({ rewards, ends }, episode) =>
      Array.from(rewards, (value, step) => ({ episode, step, reward: classOf.get(value) ?? 0, end: ends[step] ?? 0 })),
    );
  }
}

/** Steps that pay other than the commonest reward, steps that end, and all: the last group is as things happen. */
function groupsOf(steps: readonly Step[], eventShare: number): Group[] {
  const counts = new Map<number, number>();
  for (const { reward } of steps) counts.set(reward, (counts.get(reward) ?? 0) + 1);
  const [commonest] = [...counts].toSorted(([, a], [, b]) => b - a)[0] ?? [0];
  const events = [steps.filter(({ reward }) => reward !== commonest), steps.filter(({ end }) => end === 1)];
  const found = events.filter((group) => group.length > 0);
  const shares = found.map((group) => ({ share: eventShare / found.length, steps: group }));
  return [...shares, { share: found.length > 0 ? 1 - eventShare : 1, steps }];
}
