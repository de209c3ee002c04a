import { register } from "../env/registry.ts";
import { CartPoleEnv, CartPoleVectorEnv } from "./classic/cart-pole.ts";
import type { CartPoleOptions } from "./classic/cart-pole.ts";
import { CatchEnv, CatchVectorEnv } from "./classic/catch.ts";
import type { ClassicVectorOptions } from "./classic/classic-vector-env.ts";
import { MountainCarEnv, MountainCarVectorEnv } from "./classic/mountain-car.ts";
import type { MountainCarOptions } from "./classic/mountain-car.ts";
import { PendulumEnv, PendulumVectorEnv } from "./classic/pendulum.ts";
import type { PendulumOptions } from "./classic/pendulum.ts";
import type { RenderOptions } from "./classic/render.ts";
import { PlatformerEnv } from "./platformer/platformer-env.ts";
import type { PlatformerOptions } from "./platformer/platformer-env.ts";

export { Canvas } from "./classic/canvas.ts";
export type { Colour, Point, Size } from "./classic/canvas.ts";
export { CartPole, CartPoleEnv, CartPoleVectorEnv } from "./classic/cart-pole.ts";
export type { CartPoleOptions } from "./classic/cart-pole.ts";
export { Catch, CatchEnv, CatchVectorEnv } from "./classic/catch.ts";
export { ClassicEnv } from "./classic/classic-env.ts";
export { ClassicVectorEnv } from "./classic/classic-vector-env.ts";
export type { ClassicVectorOptions } from "./classic/classic-vector-env.ts";
export { MountainCar, MountainCarEnv, MountainCarVectorEnv } from "./classic/mountain-car.ts";
export type { MountainCarOptions } from "./classic/mountain-car.ts";
export { Pendulum, PendulumEnv, PendulumVectorEnv } from "./classic/pendulum.ts";
export type { PendulumOptions } from "./classic/pendulum.ts";
export type { RenderOptions } from "./classic/render.ts";
export type { Task, TaskOutcome } from "./classic/task.ts";
export { replayStates, visibleOutcomes } from "./platformer/effects.ts";
export type { BranchState, PlayedLevel, VisibleOutcome } from "./platformer/effects.ts";
export { playDemonstrations, playEpisodes } from "./platformer/episodes.ts";
export type { DemonstrationsOptions, Episode, EpisodesOptions, ExpertEpisode } from "./platformer/episodes.ts";
export { PlatformerEnv, TEST_LEVELS, TRAINING_LEVELS, VALIDATION_LEVELS } from "./platformer/platformer-env.ts";
export type { Game, PlatformerInfo, PlatformerOptions, PlatformerState } from "./platformer/platformer-env.ts";
export {
  createPlayer,
  DisturbedExpert,
  ExpertPlayer,
  MixedPlayer,
  PLAYERS,
  RandomPlayer,
} from "./platformer/players.ts";
export type { Player, PlayerName } from "./platformer/players.ts";
export { demonstrator, hasScript, scriptedAgent } from "./scripted.ts";
export type { ScriptedAgent } from "./scripted.ts";

/** Where worker threads find these registrations. */
const module = import.meta.url;

register({
  id: "CartPole-v1",
  entryPoint: (options: CartPoleOptions & RenderOptions) => new CartPoleEnv(options),
  vectorEntryPoint: (options: CartPoleOptions & ClassicVectorOptions) => new CartPoleVectorEnv(options),
  rewardThreshold: 475,
  maxEpisodeSteps: 500,
  module,
});
register({
  id: "MountainCar-v0",
  entryPoint: (options: MountainCarOptions & RenderOptions) => new MountainCarEnv(options),
  vectorEntryPoint: (options: MountainCarOptions & ClassicVectorOptions) => new MountainCarVectorEnv(options),
  rewardThreshold: -110,
  maxEpisodeSteps: 200,
  module,
});
register({
  id: "Pendulum-v1",
  entryPoint: (options: PendulumOptions & RenderOptions) => new PendulumEnv(options),
  vectorEntryPoint: (options: PendulumOptions & ClassicVectorOptions) => new PendulumVectorEnv(options),
  maxEpisodeSteps: 200,
  module,
});
register({
  id: "Catch-v0",
  entryPoint: (options: RenderOptions) => new CatchEnv(options),
  vectorEntryPoint: (options: ClassicVectorOptions) => new CatchVectorEnv(options),
  rewardThreshold: 0.9,
  module,
});
register({
  id: "Platformer-v0",
  entryPoint: (options: PlatformerOptions) => new PlatformerEnv(options),
  rewardThreshold: 9,
  module,
});
