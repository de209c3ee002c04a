export { assertEnv, checkEnv } from "./check-env.ts";
export type { AnyEnv, CheckOptions, Finding, FindingCode } from "./check-env.ts";
export { FakeWorldModel, FakeWorldSession } from "./fake-world-model.ts";
export type { FakeWorldOptions, Move } from "./fake-world-model.ts";
