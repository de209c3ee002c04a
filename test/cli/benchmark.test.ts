import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { genieEnv, startGenieEnv } from "./genie-env.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "benchmark-"));
  writeFileSync(join(folder, "stubborn.ts"), "export const stubborn = { act: () => 1 };\n");
  writeFileSync(join(folder, "broken.mjs"), "export function broken() { throw new Error('nothing works <here>'); }\n");
  writeFileSync(join(folder, "nobody.mjs"), "export const nobody = 3;\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const toy = ["--worlds", "Catch-v0", "--steps", "500", "--episodes", "4", "--resamples", "100"];
const run = (out: string, agents: string, ...more: readonly string[]) =>
  genieEnv("benchmark", ...toy, "--agents", agents, "--out", join(folder, out), ...more);
const linesOf = (out: string) =>
  readFileSync(join(folder, out, "runs.jsonl"), "utf8")
    .trim()
    .split("\n");

// Thirteen processes: a busy machine takes its time.
test("agents are run, a broken one is told, and more seeds go on with what is there", { timeout: 600_000 }, () => {
  const agents = [join(folder, "stubborn.ts"), join(folder, "broken.mjs"), "bc"].join(",");
  const first = run("all", agents, "--seeds", "1", "--workers", "2");
  expect(first).toMatchObject({ status: 0 });
  expect(first.stdout).toMatch(/broken +lacks a task, 0 runs, 1 failed/);
  expect(first.stdout).toMatch(/^broken on Catch-v0, seed 0, failed: .*nothing works <here>$/m);
  const results = linesOf("all").map((line): { agent: string; status: string } => JSON.parse(line));
  expect(results.map(({ agent }) => agent).toSorted()).toEqual(["bc", "broken", "random", "scripted", "stubborn"]);
  const report = readFileSync(join(folder, "all", "report.html"), "utf8");
  expect(report).toContain("nothing works &lt;here&gt;");
  expect(report).toContain("data:image/webp;base64,");
  expect(report).not.toMatch(/(src|href)="http/);
  expect(report).toContain("There is a single run of everything");
  expect(report).toContain("5 agents, 5 runs (1 failed)");
  expect(readFileSync(join(folder, "all", "scores.csv"), "utf8")).toMatch(/^scripted,1,1,1$/m);

  const more = run("all", agents, "--seeds", "2", "--workers", "2", "--resume", "--json");
  expect(more).toMatchObject({ status: 0 });
  const printed: Record<"summary" | "speeds" | "config", unknown> = JSON.parse(more.stdout);
  expect(printed).toMatchObject({ config: { seeds: 2 }, summary: { tasks: expect.any(Array) } });
  expect(printed.speeds).toContainEqual(expect.objectContaining({ agent: "bc", task: "Catch-v0" }));
  // Five new runs, and the failed one once more.
  expect(linesOf("all")).toHaveLength(11);
  expect(
    readFileSync(join(folder, "all", "runs.csv"), "utf8")
      .trim()
      .split("\n"),
  ).toHaveLength(11);
});

test("a run ends with the benchmark that began it", { timeout: 600_000 }, async () => {
  const waiting = join(folder, "waiting.mjs");
  writeFileSync(
    waiting,
    "export const waiting = { act: () => (console.log('here'), new Promise((r) => setTimeout(r, 1e9))) };\n",
  );
  const config = { agents: [waiting], worlds: ["Catch-v0"], seeds: 1, steps: 1, episodes: 1, horizon: 1 };
  const order = { run: { agent: "waiting", task: "Catch-v0", seed: 0 }, config: { ...config, deterministic: true } };
  mkdirSync(join(folder, "orphan"));
  writeFileSync(join(folder, "orphan", "run.json"), JSON.stringify(order));
  const child = startGenieEnv("benchmark-run", join(folder, "orphan"), "--attached");
  const ended = once(child, "close");
  expect.assert(child.stdout && child.stdin);
  await Promise.race([once(child.stdout, "data"), ended]);
  expect(child.exitCode).toBeNull();
  child.stdin.end();
  expect(await ended).toEqual([null, "SIGKILL"]);
});

test(
  "a run that takes too long has failed, the next one begins; status 1: none came to its end",
  { timeout: 600_000 },
  () => {
    // Fewer minutes than a process takes to begin.
    const all = run("hung", "constant", "--seeds", "1", "--run-minutes", "0.0001");
    expect(all).toMatchObject({ status: 1 });
    expect(all.stdout).toMatch(/^constant +no scale, 0 runs, 1 failed$/m);
    expect(all.stdout).toMatch(/^constant on Catch-v0, seed 0, failed: the run took more than 0\.0001 minutes/m);
    const results = linesOf("hung").map((line): { status: string; error: string } => JSON.parse(line));
    expect(results).toHaveLength(3);
    for (const { status, error } of results) {
      expect(status).toBe("failed");
      expect(error).toMatch(/took more than 0\.0001 minutes/);
    }
  },
);

test("what cannot be run is told before anything runs", { timeout: 600_000 }, () => {
  const refused = (outcome: ReturnType<typeof run>, reason: RegExp) => {
    expect(outcome.stderr).toMatch(reason);
    expect(outcome).toMatchObject({ status: 2, stdout: "" });
  };
  refused(run("none", "nobody-knows"), /--agents: must be random/);
  refused(run("none", join(folder, "nobody.mjs")), /an export of .*nobody.mjs must make the agent/);
  refused(run("none", "random", "--worlds", "Nowhere-v0"), /Nowhere/);
  refused(run("none", "random", "--worlds", "/nowhere"), /must be a folder with a world.json/);
  refused(run("none", "random", "--worlds", "supertux"), /--goal IMAGE/);
  const nowhere = join(folder, "nowhere.png");
  refused(run("none", "random", "--worlds", "supertux", "--goal", nowhere), /nowhere\.png/);
  refused(run("none", "random", "--run-minutes", "0"), /--run-minutes: must be above 0/);
  refused(run("none", "random", "--worlds", "Platformer-v0:steep"), /must have the level steep/);
  refused(run("none", "bc", "--demonstrations", join(folder, "nowhere")), /nowhere must name a video/);
  refused(run("none", "random", "--resume"), /there must be a benchmark/);
  mkdirSync(join(folder, "full"));
  writeFileSync(join(folder, "full", "thesis.txt"), "");
  refused(run("full", "random"), /must be new or empty/);
});
