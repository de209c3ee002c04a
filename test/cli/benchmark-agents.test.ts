import { join } from "node:path";
import { expect, test } from "vitest";
import type { BenchmarkAgent } from "../../src/agents/benchmark/agent.ts";
import { runOne, type BenchmarkTask, type RunOptions } from "../../src/agents/benchmark/run-one.ts";
import { PPO } from "../../src/agents/ppo.ts";
import { findAgent } from "../../src/cli/benchmark/agents.ts";
import { CheckpointError } from "../../src/core/errors.ts";
import { make, makeVec } from "../../src/env/index.ts";
import "../../src/games/index.ts";
import { temporaryFolder } from "../data/pictures.ts";

const { signal } = new AbortController();
const options: RunOptions = { steps: 300, episodes: 20, deterministic: true, maxEpisodeSteps: 500, signal };
const catching: BenchmarkTask = {
  name: "Catch-v0",
  rewardThreshold: null,
  make: () => make("Catch-v0", { renderMode: "rgb_array" }),
  makeVec: (numEnvs) => makeVec("Catch-v0", { numEnvs }),
};

test("ppo:FOLDER plays as the agent that was saved, and learns no more", async () => {
  await using agent = await PPO.create(await makeVec("Catch-v0", { numEnvs: 4 }), { numSteps: 8, numMinibatches: 2 });
  for await (const log of agent.learn({ steps: 320 })) expect(log.globalStep).toBeLessThanOrEqual(320);
  const folder = join(temporaryFolder(), "catcher");
  await agent.save(folder);
  const saved = await findAgent(`ppo:${folder}`, "Catch-v0");
  expect(saved.name).toBe("ppo-catcher");
  const outcome = await runOne(saved, catching, 2, options);
  expect(outcome.trainSteps).toBe(0);
  const act: BenchmarkAgent["act"] = async (obs, _info, choice) => Number((await agent.act(obs, choice))[0]);
  const { returns } = await runOne({ name: "live", create: () => ({ act }) }, catching, 2, options);
  expect(outcome.returns).toEqual(returns);
  await expect(findAgent("ppo:nowhere", "Catch-v0")).rejects.toThrow(CheckpointError);
});
