import { ConfigError } from "../core/errors.ts";
import type { AnyEnv } from "../env/index.ts";
import { CarefulExpert, ExpertPlayer } from "./platformer/players.ts";
import { PlatformerEnv } from "./platformer/platformer-env.ts";

/** A player that somebody wrote for one game: what learning is measured by. */
export type ScriptedAgent = {
  act(obs: unknown): unknown;
  /** Sees the environment that it is to play in, before the first episode. */
  watch(env: AnyEnv): void;
};

/** The games that have one, by the id before the level's colon. */
const SCRIPTS: Readonly<Record<string, () => ScriptedAgent>> = {
  "CartPole-v1": () => blind(balance),
  "Catch-v0": () => blind(follow),
  "MountainCar-v0": () => blind(swing),
  "Platformer-v0": () => platformerExpert(new ExpertPlayer()),
};

/** Whether somebody wrote a player for this environment. */
export function hasScript(id: string): boolean {
  return Object.hasOwn(SCRIPTS, id);
}

/** The player of this environment. @throws ConfigError for one that has none. */
export function scriptedAgent(id: string): ScriptedAgent {
  const make = SCRIPTS[id];
  if (make !== undefined) return make();
  throw new ConfigError(`scripted: must be one of ${Object.keys(SCRIPTS).join(", ")}, got ${id}`);
}

/** The player to learn this environment from: the scripted one, or one like it that is easier to follow. */
export function demonstrator(id: string): ScriptedAgent {
  return id === "Platformer-v0" ? platformerExpert(new CarefulExpert()) : scriptedAgent(id);
}

/** Plays by the observation alone. */
function blind(act: (obs: Float32Array) => number): ScriptedAgent {
  return {
    act: (obs) => {
      if (obs instanceof Float32Array) return act(obs);
      throw new ConfigError(`scripted: observations must be float32, got ${typeof obs}`);
    },
    watch: () => {},
  };
}

/** Pushes the cart under the pole: by its angle, its speed, and a little by where the cart is. */
function balance([x = 0, v = 0, angle = 0, spin = 0]: Float32Array): number {
  return angle + 0.5 * spin + 0.05 * x + 0.1 * v > 0 ? 1 : 0;
}

/** Moves the paddle, in the last row, under the ball. */
function follow(board: Float32Array): number {
  const [ball, paddle] = [board.indexOf(1) % 5, board.lastIndexOf(1) % 5];
  return 1 + Math.sign(ball - paddle);
}

/** Pushes where the car is going. */
function swing([, speed = 0]: Float32Array): number {
  return speed < 0 ? 0 : 2;
}

/** Knows the level, and plans the way to the coin. */
function platformerExpert(player: ExpertPlayer): ScriptedAgent {
  let env: PlatformerEnv | null = null;
  return {
    watch: ({ unwrapped }) => {
      if (unwrapped instanceof PlatformerEnv) env = unwrapped;
    },
    act: () => {
      if (env === null) throw new ConfigError("scripted: the platformer's expert must watch its environment, got none");
      return player.act(env.game);
    },
  };
}
