import { register } from "../env/registry.ts";
import { CartPoleEnv } from "./classic/cart-pole.ts";
import type { CartPoleEnvOptions } from "./classic/cart-pole.ts";
import { CatchEnv } from "./classic/catch.ts";
import type { CatchEnvOptions } from "./classic/catch.ts";
import { MountainCarEnv } from "./classic/mountain-car.ts";
import type { MountainCarEnvOptions } from "./classic/mountain-car.ts";
import { PendulumEnv } from "./classic/pendulum.ts";
import type { PendulumEnvOptions } from "./classic/pendulum.ts";

export { CartPole, CartPoleEnv } from "./classic/cart-pole.ts";
export type { CartPoleEnvOptions, CartPoleOptions } from "./classic/cart-pole.ts";
export { Catch, CatchEnv } from "./classic/catch.ts";
export type { CatchEnvOptions } from "./classic/catch.ts";
export { MountainCar, MountainCarEnv } from "./classic/mountain-car.ts";
export type { MountainCarEnvOptions, MountainCarOptions } from "./classic/mountain-car.ts";
export { Pendulum, PendulumEnv } from "./classic/pendulum.ts";
export type { PendulumEnvOptions, PendulumOptions } from "./classic/pendulum.ts";
export { createRows } from "./classic/task.ts";
export type { Rows, Task } from "./classic/task.ts";

/** Where worker threads find these registrations. */
const module = import.meta.url;

register({
  id: "CartPole-v1",
  entryPoint: (options: CartPoleEnvOptions) => new CartPoleEnv(options),
  rewardThreshold: 475,
  maxEpisodeSteps: 500,
  module,
});
register({
  id: "MountainCar-v0",
  entryPoint: (options: MountainCarEnvOptions) => new MountainCarEnv(options),
  rewardThreshold: -110,
  maxEpisodeSteps: 200,
  module,
});
register({
  id: "Pendulum-v1",
  entryPoint: (options: PendulumEnvOptions) => new PendulumEnv(options),
  maxEpisodeSteps: 200,
  module,
});
register({
  id: "Catch-v0",
  entryPoint: (options: CatchEnvOptions) => new CatchEnv(options),
  rewardThreshold: 0.9,
  module,
});
