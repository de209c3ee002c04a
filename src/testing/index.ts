export { benchmarkInit, benchmarkRender, benchmarkReset, benchmarkStep, benchmarkVectorStep } from "./benchmark.ts";
export type { BenchmarkOptions } from "./benchmark.ts";
export { assertEnv, checkEnv } from "./check-env.ts";
export { assertVectorEnv, checkVectorEnv } from "./check-vector-env.ts";
export type { CheckOptions, MakeEnv } from "./checks/subject.ts";
export { FakeWorldModel, FakeWorldSession } from "./fake-world-model.ts";
export type { FakeWorldOptions, Move } from "./fake-world-model.ts";
export { formatFinding, RULES } from "./finding.ts";
export type { Finding, FindingCode, Severity } from "./finding.ts";
