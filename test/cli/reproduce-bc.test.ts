import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { madeHere } from "../../src/cli/machine.ts";
import { createProgram } from "../../src/cli/program.ts";
import { AGENTS, BCPlan, type BCPlanOptions, type BCResult } from "../../src/cli/reproduce/bc-plan.ts";
import { bcTable, markdownTable, summarise } from "../../src/cli/reproduce/bc-report.ts";
import {
  drawLabels,
  labelExpert,
  labelQuality,
  namesOf,
  onlyLabelled,
  recordExpert,
  renameActions,
  translate,
  translateByClusters,
} from "../../src/cli/reproduce/expert-video.ts";
import { CheckpointError, ConfigError } from "../../src/core/errors.ts";
import { saveWorld } from "../../src/model/checkpoint.ts";
import { loadWorld } from "../../src/model/load-world.ts";
import { temporaryFolder } from "../data/pictures.ts";
import { tinyGenie } from "../model/tiny-genie.ts";

/** Runs the command in this process, to which standard error goes in parts; returns what it printed. */
async function run(...args: string[]): Promise<string> {
  return watchedRun(() => {}, ...args);
}

async function watchedRun(onError: (text: string) => void, ...args: string[]): Promise<string> {
  const printed: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line) => void printed.push(String(line)));
  vi.spyOn(console, "error").mockImplementation((line) => onError(String(line)));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    onError(String(text));
    return true;
  });
  try {
    await createProgram("0").parseAsync(["node", "genie-env", "reproduce", "bc", ...args]);
  } finally {
    vi.restoreAllMocks();
  }
  return printed.join("\n");
}

const TOY = (
  "--renamed 0.1 --difficulties easy --labels 2,5 --maps dictionary,decoder,translation,clusters --episodes 2 --seeds 2 --frames 120 --steps 2 --horizon 6 " +
  "--set policy.modelDim=8 policy.numBlocks=1 policy.numHeads=1 policy.batchSize=4 policy.patchSize=16 policy.featureDim=8"
).split(" ");

test("a toy run writes a table, a figure and its results, and goes on where it stopped", async () => {
  const out = join(temporaryFolder(), "run");
  const table = await run(...TOY, "--out", out);
  expect(table).toContain("| oracle | 0.0 [0.0, 49.0] |");
  expect(table).toMatch(/\| latent, dictionary \| {2}\| 0\.0 /);
  for (const file of ["table.md", "figure-easy.svg", "figure-easy.png"]) expect(existsSync(join(out, file))).toBe(true);
  const path = join(out, "results.json");
  const whole: unknown = JSON.parse(readFileSync(path, "utf8"));
  expect(whole).toMatchObject({ format: "genie-env-reproduce-bc" });
  const { results } = whole as { results: { agent: string; seed: number }[] };
  expect(results).toHaveLength(24);
  await expect(run(...TOY, "--out", out)).rejects.toThrow(ConfigError);
  await expect(run(...TOY, "--out", out, "--resume", "--horizon", "7")).rejects.toThrow(
    /the plan must be what the run began with, got horizon 7 in place of 6$/,
  );
  // As a run that was stopped after five agents.
  const { writeFileSync } = await import("node:fs");
  writeFileSync(path, JSON.stringify({ ...(whole as object), results: results.slice(0, 5) }));
  expect(await run(...TOY, "--out", out, "--resume")).toBe(table);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(whole);
  writeFileSync(path, "{");
  await expect(run(...TOY, "--out", out, "--resume")).rejects.toThrow(CheckpointError);
});

test("a run goes on with more seeds, labels and maps, to what it had come to if begun with them", async () => {
  const [whole, grown] = [join(temporaryFolder(), "whole"), join(temporaryFolder(), "grown")];
  const table = await run(...TOY, "--maps", "dictionary,clusters", "--out", whole);
  await run(...TOY, "--maps", "dictionary", "--labels", "5", "--seeds", "1", "--out", grown);
  expect(await run(...TOY, "--maps", "dictionary,clusters", "--out", grown, "--resume")).toBe(table);
  await expect(
    run(...TOY, "--maps", "dictionary,clusters", "--seeds", "1", "--out", grown, "--resume"),
  ).rejects.toThrow(/got seeds 1 in place of 2$/);
});

test("results of before they told who made them are gone on from, and the table says which rows are of which revision", async () => {
  const out = join(temporaryFolder(), "run");
  const path = join(out, "results.json");
  const few = [...TOY, "--maps", "dictionary", "--labels", "5"];
  const all = await run(...few, "--seeds", "1", "--out", out);
  expect(all).not.toContain("revision");
  const file = JSON.parse(readFileSync(path, "utf8")) as { results: BCResult[] };
  expect(file.results[0]?.madeBy).toEqual(await madeHere());
  const old = file.results.map(({ madeBy: _madeBy, ...result }) => result);
  const { writeFileSync } = await import("node:fs");
  writeFileSync(path, JSON.stringify({ ...file, results: old.slice(0, 3) }));
  await run(...few, "--seeds", "1", "--out", out, "--resume");
  const added = JSON.parse(readFileSync(path, "utf8")) as { results: BCResult[] };
  expect(added.results).toEqual([...old.slice(0, 3), ...file.results.slice(3)]);
  // Of one that is not known and one that is.
  const known = file.results.map((result) => ({ ...result, madeBy: { revision: "abc1234", cpu: "" } }));
  const [agents, grown] = [[...old.slice(0, 3), ...known.slice(3)], known.map((result) => ({ ...result, seed: 1 }))];
  expect(markdownTable(agents, [])).toMatch(
    /\nRows are of more than one revision: random \(unknown\); .*; labels only \(abc1234\)\.\n$/,
  );
  expect(markdownTable([...old, ...grown], [])).toMatch(/more than one revision: all \(unknown, abc1234\)\.\n$/);
});

test("labels that name the latent actions alike share a policy", async () => {
  const out = join(temporaryFolder(), "run");
  const few = [...TOY.slice(2), "--renamed", "0", "--seeds", "1", "--maps", "translation", "--out", out];
  await run(...few, "--labels", "1,60,61");
  const { plan, results } = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as {
    plan: BCPlan;
    results: { agent: string; labels: number; meanLength: number }[];
  };
  const truth = recordExpert("easy", plan);
  const latent = renameActions(truth, 0);
  const names = [1, 60, 61].map((count) => namesOf(drawLabels(truth, latent, { count, seed: 0 }), 7).join("-"));
  expect(new Set(names).size).toBe(2);
  const policies = readdirSync(join(out, "agents")).filter((name) => name.startsWith("easy-translation"));
  expect(policies.toSorted()).toEqual([...new Set(names)].map((name) => `easy-translation-${name}-0`).toSorted());
  const solved = results.filter(({ agent }) => agent === "latent, translation").map(({ labels }) => labels);
  expect(solved).toEqual([1, 60, 61]);
});

test("control-C ends it with status 130, and what is printed stays JSON", async () => {
  const out = join(temporaryFolder(), "run");
  const said: string[] = [];
  try {
    const printed = await watchedRun(
      (text) => {
        // An agent is done, or two.
        if (said.length === 0) process.emit("SIGINT");
        said.push(text);
      },
      ...TOY,
      "--json",
      "--out",
      out,
    );
    expect(process.exitCode).toBe(130);
    expect(said.at(-1)).toMatch(/^\d+ of 24 agents: stopped - go on with --resume$/);
    expect(JSON.parse(printed).summary[0]).toMatchObject({ agent: "random" });
    expect(JSON.parse(printed).summary.length).toBeLessThan(AGENTS.length);
  } finally {
    process.exitCode = undefined;
  }
});

test("a world's latent actions label the video", async () => {
  const [folder, out] = [temporaryFolder(), join(temporaryFolder(), "run")];
  const { config, params } = tinyGenie({
    height: 64,
    width: 64,
    tokenizer: { patchSize: 16 },
    actions: { patchSize: 32 },
  });
  await saveWorld(folder, { name: "toy", description: "", genie: config }, params);
  const options = TOY.slice(2);
  const table = await run(
    "--world",
    folder,
    ...options,
    "--seeds",
    "1",
    "--maps",
    "dictionary,translation",
    "--out",
    out,
  );
  for (const agent of ["latent, dictionary", "latent, translation"]) expect(table).toContain(`| ${agent} |`);
  const file: unknown = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
  const { plan, quality, results } = file as { plan: BCPlan; quality: unknown[]; results: unknown[] };
  expect(plan.labeler).toEqual({ kind: "world", world: folder });
  expect(results).toHaveLength(8);
  const truth = recordExpert("easy", plan);
  const world = await loadWorld(folder);
  const latent = await labelExpert(truth, world, () => {});
  world.close();
  expect(quality).toEqual([labelQuality("easy", truth, latent)]);
});

test("more labels than the expert has steps are refused before anything is learnt", async () => {
  const out = join(temporaryFolder(), "run");
  await expect(run(...TOY, "--labels", "2,5000", "--out", out)).rejects.toThrow(
    /--labels: must be at most \d+, the expert's own steps in the video, got 5000 - show more \(--frames\)/,
  );
  expect(existsSync(join(out, "results.json"))).toBe(false);
  expect(existsSync(join(out, "agents"))).toBe(false);
});

test("renamed actions have no world, and their noise is a share", async () => {
  const out = join(temporaryFolder(), "run");
  await expect(run("--renamed", "2", "--out", out)).rejects.toThrow("--renamed: must be a share from 0 to 1, got 2");
  await expect(run("--renamed", "0", "--world", "platformer", "--out", out)).rejects.toThrow(/--renamed.*--world/);
});

test("a world that there is not leaves no folder behind", async () => {
  const out = join(temporaryFolder(), "run");
  await expect(run("--world", "nope", "--out", out)).rejects.toThrow(/world: must be a folder .*got nope/);
  expect(existsSync(out)).toBe(false);
});

test.each([
  ["--labels", "0"],
  ["--labels", "5,x"],
  ["--maps", "table"],
  ["--difficulties", "medium"],
  ["--renamed", "2"],
  ["--set", "policy.patchSize=0"],
])("%s %s is refused", async (option, value) => {
  const out = join(temporaryFolder(), "run");
  await expect(run("--renamed", "0", "--out", out, option, value)).rejects.toThrow(ConfigError);
  expect(existsSync(join(out, "results.json"))).toBe(false);
});

describe("the expert's video", () => {
  const options: BCPlanOptions = {
    env: "Platformer-v0",
    labeler: { kind: "renamed", noise: 0 },
    difficulties: ["hard"],
    labels: [10],
    maps: ["dictionary"],
    episodes: 1,
    seeds: 1,
    frames: 2000,
    disturbance: 0.05,
    steps: 1,
    minutes: null,
    horizon: 10,
    deterministic: false,
    policy: {},
  };
  const truth = recordExpert("hard", BCPlan.parse(options));

  test("under other names agrees wholly with the truth, under noise less", () => {
    const quality = labelQuality("hard", truth, renameActions(truth, 0));
    expect(quality.agreement).toBe(1);
    expect(quality.nmi).toBeCloseTo(1);
    expect(quality.constantAgreement).toBeLessThan(0.9);
    expect(quality.effectAccuracy).toBe(1);
    expect(quality.constantEffectAccuracy).toBeLessThan(0.95);
    const noisy = labelQuality("hard", truth, renameActions(truth, 0.3));
    expect(noisy.agreement).toBeLessThan(quality.agreement);
    expect(noisy.effectAccuracy).toBeLessThan(quality.effectAccuracy);
    expect(noisy.nmi).toBeLessThan(0.6);
  });

  test("gives labels of the expert's own steps; more labels hold the fewer", () => {
    const latent = renameActions(truth, 0);
    const few = drawLabels(truth, latent, { count: 10, seed: 1 });
    const many = drawLabels(truth, latent, { count: 50, seed: 1 });
    expect(many.slice(0, 10)).toEqual(few);
    expect(drawLabels(truth, latent, { count: 10, seed: 2 })).not.toEqual(few);
    for (const { episode, at, action } of many) {
      const original = truth[latent.findIndex((own) => own === episode)];
      expect(original?.weights?.[at]).toBe(1);
      expect(original?.actions[at]).toBe(action);
    }
    const all = truth.flatMap(({ weights = [] }) => Array.from(weights)).filter((weight) => weight > 0).length;
    expect(drawLabels(truth, latent, { count: all, seed: 1 })).toHaveLength(all);
    expect(() => drawLabels(truth, latent, { count: all + 1, seed: 1 })).toThrow(ConfigError);
    const alone = onlyLabelled(truth, latent, many);
    const counted = alone.flatMap(({ weights = [] }) => Array.from(weights)).filter((weight) => weight > 0);
    expect(counted).toHaveLength(50);
  });
});

test("a label a cluster names a video whose actions were renamed, and labels are the expert's own steps", () => {
  const frames = { data: new Uint8Array(12 * 9), count: 9, height: 2, width: 2 };
  // The stumble's 6 is never labelled, so that it is called what another step is.
  const truth = [{ frames, actions: [1, 5, 1, 6, 2, 5, 1, 3], weights: [1, 1, 1, 0, 1, 1, 1, 1] }];
  const [named] = translateByClusters(truth, renameActions(truth, 0), { count: 7, seed: 0 });
  const names = Array.from(named?.actions ?? []);
  expect(names.toSpliced(3, 1)).toEqual([1, 5, 1, 2, 5, 1, 3]);
  expect([1, 2, 3, 5]).toContain(names[3]);
});

test("translated video is in the true actions, as far as labels tell them", () => {
  const frames = { data: new Uint8Array(12 * 7), count: 7, height: 2, width: 2 };
  const truth = [{ frames, actions: [1, 5, 1, 2, 5, 1] }];
  const latent = renameActions(truth, 0);
  const [episode = truth[0]] = latent;
  const label = (at: number) => ({ episode: episode as (typeof truth)[0], at, action: truth[0]?.actions[at] ?? -1 });
  const [told] = translate(latent, namesOf([label(0), label(1), label(3)], 7));
  expect(Array.from(told?.actions ?? [])).toEqual([1, 5, 1, 2, 5, 1]);
  const [half] = translate(latent, namesOf([label(0), label(2)], 7));
  expect(Array.from(half?.actions ?? [])).toEqual([1, 1, 1, 1, 1, 1]);
});

test("a summary is in percent, its share is that of the oracle, and intervals hold the mean", () => {
  const row = { difficulty: "easy", meanLength: 10 } as const;
  const rows = summarise([
    { ...row, agent: "oracle", labels: null, seed: 0, solved: [1, 1, 1, 1] },
    { ...row, agent: "oracle", labels: null, seed: 1, solved: [1, 1, 0, 1] },
    { ...row, agent: "latent, dictionary", labels: 10, seed: 0, solved: [1, 0, 1, 0] },
    { ...row, agent: "latent, dictionary", labels: 10, seed: 1, solved: [0, 1, 1, 1] },
  ]);
  expect(rows.map(({ solved }) => solved.mean)).toEqual([87.5, 62.5]);
  expect(rows[1]?.ofOracle).toBeCloseTo(62.5 / 87.5);
  for (const { solved } of rows) {
    expect(solved.low).toBeLessThanOrEqual(solved.mean);
    expect(solved.high).toBeGreaterThanOrEqual(solved.mean);
  }
});

test("what an agent solves more than the oracle of its seed is counted level by level", () => {
  const row = { difficulty: "easy", meanLength: 10, labels: null } as const;
  const oracle = (seed: number, solved: (0 | 1)[]) => ({ ...row, agent: "oracle" as const, seed, solved });
  const other = (seed: number, solved: (0 | 1)[]) => ({ ...oracle(seed, solved), agent: "labels only" as const });
  // Two levels that the oracle does not solve either are no loss: -1/4 and -1/2, with Student's interval of two.
  const oracles = [oracle(0, [1, 0, 1, 1]), oracle(1, [1, 0, 1, 1])];
  const [own, rows] = summarise([...oracles, other(0, [0, 0, 1, 1]), other(1, [0, 0, 0, 1])]);
  expect(own?.beyondOracle).toBeNull();
  expect(rows?.beyondOracle?.mean).toBeCloseTo(-37.5, 9);
  expect(rows?.beyondOracle?.low).toBeCloseTo(-37.5 - 12.7062 * 12.5, 2);
  // Of one seed over its levels; a seed without an oracle has nothing to be compared with.
  const [, one] = summarise([oracle(0, [1, 0, 1, 1]), other(0, [0, 0, 1, 1]), other(1, [1, 1, 1, 1])]);
  expect(one?.beyondOracle).toMatchObject({ mean: -25, high: 0 });
  expect(one?.beyondOracle?.low).toBeLessThan(-25);
  const [alone] = summarise([other(0, [1, 0])]);
  expect(alone?.beyondOracle).toBeNull();
});

test("the table shows the difference to the oracle, and says what it is; results of before have none", () => {
  const row = { difficulty: "hard", labels: null, seeds: 1, episodes: 4, meanLength: 9 } as const;
  const agent = {
    ...row,
    agent: "labels only",
    labels: 5,
    solved: { mean: 25, low: 5, high: 70 },
    ofOracle: 0.5,
  } as const;
  const oracle = { ...row, agent: "oracle", solved: { mean: 50, low: 15, high: 85 }, ofOracle: 1 } as const;
  const paired = { ...agent, beyondOracle: { mean: -25, low: -75, high: 0 } };
  const lines = bcTable({ quality: [], summary: [{ ...oracle, beyondOracle: null }, paired] });
  expect(lines).toContain("| oracle | 50.0 [15.0, 85.0] |  |");
  expect(lines).toContain("| labels only |  | 25.0 [5.0, 70.0], 50 % of oracle (-25.0 [-75.0, 0.0]) |");
  expect(lines.at(-1)).toMatch(/^In round brackets levels of 100 more than the oracle/);
  const before = bcTable({ quality: [], summary: [oracle, agent] });
  expect(before.at(-1)).toBe("| labels only |  | 25.0 [5.0, 70.0], 50 % of oracle |");
});

test("none of 100 levels solved by a single seed may be 3.7 %", () => {
  const solved = Array.from({ length: 100 }, () => 0 as const);
  const [row] = summarise([{ difficulty: "easy", meanLength: 10, agent: "random", labels: null, seed: 0, solved }]);
  expect(row?.solved).toMatchObject({ mean: 0, low: 0 });
  expect(row?.solved.high).toBeCloseTo(3.7, 1);
});
