import { ShapeError } from "../core/errors.ts";
import type { Look, Seen, StepOutlook, WorldModel } from "../model/world-model.ts";
import { readPrompt } from "./prompt.ts";
import type { Prompt } from "./prompt.ts";
import type { WorldRows } from "./world-rows.ts";

/** One step of every row: the frames before and after it, [B, ...] flat and borrowed, and the latent actions [B]. */
export type Transition<Frame> = {
  readonly previous: Frame;
  readonly next: Frame;
  readonly actions: Int32Array;
  readonly numEnvs: number;
};

/** What a step earned, float64 [B], and whether it ended the task, 0 or 1, uint8 [B]. */
export type Reward = { readonly reward: Float64Array; readonly terminated: Uint8Array };

type RewardModelOf<Inputs extends string, Frame> = {
  /** What the score looks at: pixels (uint8 [B, H, W, 3], costs a decode) or tokens (int32 [B, N]). */
  readonly inputs: Inputs;
  /**
   * Whether every frame of a step that holds its action for several (`frameSkip`) is scored, rather than the step as a whole;
   * false when left out. Rewards add up until the task ends.
   */
  readonly everyFrame?: boolean | undefined;
  /** Called when an environment opens; what it returns scores that environment's steps. */
  prepare(world: WorldModel): Promise<Score<Frame>>;
};

/** Rewards a batch; a row's result may depend on that row only. */
export type Score<Frame> = (transition: Transition<Frame>) => Reward | Promise<Reward>;

/** Scores what the world's own heads make of a step, which they judge where the world computes: no frame comes down for it. */
type OutlookRewardModel = {
  readonly inputs: "outlook";
  readonly everyFrame?: boolean | undefined;
  prepare(world: WorldModel): Promise<(outlook: StepOutlook, numEnvs: number) => Reward>;
};

/** Rewards and ends episodes of a world that was learnt from plain video, which has neither. */
export type RewardModel =
  | RewardModelOf<"pixels", Uint8Array>
  | RewardModelOf<"tokens", Int32Array>
  | OutlookRewardModel;

/**
 * Rewards closeness to an image: minus the mean absolute difference of pixels, in [-1, 0]; the task is done at
 * `threshold` or closer.
 */
export function goalImageReward(
  image: Prompt,
  { threshold = 0.02 }: { readonly threshold?: number } = {},
): RewardModel {
  return {
    inputs: "pixels",
    async prepare(world) {
      const { data, count } = await readPrompt(image, world.frameShape);
      const goal = data.slice((data.length / count) * (count - 1));
      return ({ next, numEnvs }) => {
        const rows = Array.from({ length: numEnvs }, (_, row) => rowOf(next, row, numEnvs));
        const distance = Float64Array.from(rows, (row) => meanDifference(row, goal));
        return {
          reward: distance.map((d) => 0 - d),
          terminated: Uint8Array.from(distance, (d) => (d <= threshold ? 1 : 0)),
        };
      };
    },
  };
}

/** What a user's function says of one row's step: a reward, or a reward and the task's end. */
export type RowReward = number | { readonly reward: number; readonly terminated: boolean };

/** A user's function of pixels, called once per row: frames uint8 [H, W, 3], the action, and the row's number. */
export type RewardFunction = (previous: Uint8Array, next: Uint8Array, action: number, row: number) => RowReward;

/** The user's function of pixels as a reward model. */
export function functionReward(score: RewardFunction): RewardModel {
  return { inputs: "pixels", prepare: async () => (transition) => scoreRows(transition, score) };
}

/** The user's function of tokens, called once per row: int32 [N], the action, and the row's number. Decodes nothing. */
export function tokenReward(
  score: (previous: Int32Array, next: Int32Array, action: number, row: number) => RowReward,
): RewardModel {
  return { inputs: "tokens", prepare: async () => (transition) => scoreRows(transition, score) };
}

/** Scores the steps of one environment. */
export type Scorer = {
  /** What it must see of a frame. */
  readonly look: Look;
  /** Whether it scores every frame of a step. */
  readonly everyFrame: boolean;
  /** What it must see before the first step. */
  before(rows: WorldRows): Promise<Seen>;
  score(before: Seen, after: Seen, actions: Int32Array): Promise<Reward>;
};

/** Readies a reward model for the steps of one environment; without a model every reward is 0. */
export async function prepareReward(model: RewardModel | undefined, world: WorldModel): Promise<Scorer> {
  const common = { everyFrame: model?.everyFrame === true, before: async () => ({}) };
  if (model === undefined)
    return { ...common, look: {}, score: async (_before, _after, { length }) => noReward(length) };
  if (model.inputs === "outlook") {
    const score = await model.prepare(world);
    return {
      ...common,
      look: { outlook: true },
      score: async (_before, { outlook }, { length }) => checked(score(expectSeen(outlook), length), length),
    };
  }
  if (model.inputs === "tokens") {
    return {
      ...common,
      look: { tokens: true },
      before: async (rows) => ({ tokens: await rows.tokens() }),
      score: scoring(await model.prepare(world), ({ tokens }) => tokens),
    };
  }
  return {
    ...common,
    look: { pixels: true },
    before: async (rows) => ({ pixels: await rows.pixels() }),
    score: scoring(await model.prepare(world), ({ pixels }) => pixels),
  };
}

function scoring<Frame>(score: Score<Frame>, frameOf: (seen: Seen) => Frame | undefined): Scorer["score"] {
  return async (before, after, actions) => {
    const numEnvs = actions.length;
    const [previous, next] = [expectSeen(frameOf(before)), expectSeen(frameOf(after))];
    return checked(await score({ previous, next, actions, numEnvs }), numEnvs);
  };
}

function expectSeen<T>(seen: T | undefined): T {
  if (seen !== undefined) return seen;
  throw new ShapeError(
    "RewardModel: the world must show what it was asked for, got nothing - mend its session's `play`",
  );
}

/** What a step without rewards earns. */
export function noReward(numEnvs: number): Reward {
  return { reward: new Float64Array(numEnvs), terminated: new Uint8Array(numEnvs) };
}

function checked({ reward, terminated }: Reward, numEnvs: number): Reward {
  if (reward.length === numEnvs && terminated.length === numEnvs && reward.every(Number.isFinite)) {
    return { reward: reward.slice(), terminated: terminated.slice() };
  }
  const got = `[${reward.join(", ")}] and ${terminated.length} flags`;
  throw new ShapeError(`RewardModel: ${numEnvs} finite rewards and as many flags are needed, got ${got}`);
}

/** What two stretches of one step earn together: a row that ended in the first earns nothing in the second. */
export function addRewards(first: Reward, second: Reward): Reward {
  return {
    reward: first.reward.map((reward, row) => reward + (first.terminated[row] === 1 ? 0 : Number(second.reward[row]))),
    terminated: first.terminated.map((ended, row) => ended | Number(second.terminated[row])),
  };
}

type Sliceable<Frame> = { readonly length: number; subarray(start: number, end: number): Frame };

function scoreRows<Frame extends Sliceable<Frame>>(
  { previous, next, actions, numEnvs }: Transition<Frame>,
  score: (previous: Frame, next: Frame, action: number, row: number) => RowReward,
): Reward {
  const scores = Array.from(actions, (action, row) =>
    score(rowOf(previous, row, numEnvs), rowOf(next, row, numEnvs), action, row),
  );
  return {
    reward: Float64Array.from(scores, (value) => (typeof value === "number" ? value : value.reward)),
    terminated: Uint8Array.from(scores, (value) => (typeof value !== "number" && value.terminated ? 1 : 0)),
  };
}

function rowOf<Frame extends Sliceable<Frame>>(batch: Frame, row: number, numEnvs: number): Frame {
  return batch.subarray((row * batch.length) / numEnvs, ((row + 1) * batch.length) / numEnvs);
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - Number(b[i])), 0) / (a.length * 255);
}
