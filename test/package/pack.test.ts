import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import manifest from "../../package.json" with { type: "json" };

const root = fileURLToPath(new URL("../..", import.meta.url));
const PackReport = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);

/** In milliseconds: building every entry and its declarations takes minutes on a machine with other work. */
const BUILD_TIMEOUT = 600_000;

/** A project in which the packed package is installed, beside its dependencies and nothing else. */
let project = "";
let packed: readonly string[] = [];

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "genie-env-pack-"));
  execFileSync("npm", ["run", "build"], { cwd: root, stdio: "ignore" });
  const report = execFileSync("npm", ["pack", "--json", "--pack-destination", project], {
    cwd: root,
    encoding: "utf8",
  });
  const [{ filename, files }] = PackReport.parse(JSON.parse(report));
  packed = files.map(({ path }) => path);
  const installed = join(project, "node_modules", "genie-env");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(project, filename), "-C", installed, "--strip-components=1"]);
  for (const dependency of Object.keys(manifest.dependencies)) link(dependency);
  for (const name of ["tsx", "esbuild", "get-tsconfig", "resolve-pkg-maps"]) {
    if (existsSync(join(root, "node_modules", name))) link(name);
  }
  write("package.json", JSON.stringify({ type: "module" }));
}, BUILD_TIMEOUT);
afterAll(() => rmSync(project, { recursive: true, force: true }));

function link(dependency: string): void {
  const place = join(project, "node_modules", dependency);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(join(root, "node_modules", dependency), place);
}

function write(file: string, text: string): void {
  writeFileSync(join(project, file), text);
}

/** Runs node in the project; returns what it prints. */
function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: project, encoding: "utf8" });
}

describe("the packed package", () => {
  test("holds the build, the command and the licence, and neither sources nor tests", () => {
    expect(packed).toEqual(
      expect.arrayContaining(["package.json", "LICENSE", "README.md", "CHANGELOG.md", "bin/genie-env.mjs"]),
    );
    expect(packed).toEqual(expect.arrayContaining(["dist/index.js", "dist/index.d.ts", "dist/cli/main.js"]));
    expect(packed.filter((path) => /^(src|test|bench|\.)/.test(path))).toEqual([]);
  });

  test("holds the documents that the README and the command name, and the pictures that the README shows", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const linked = [...readme.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, path = ""]) => path);
    expect(linked).toEqual(expect.arrayContaining(["docs/agents.md", "docs/platformer.gif"]));
    expect(packed).toEqual(expect.arrayContaining([...linked, "docs/evaluation.md"]));
  });

  test("imports from its root and from every subpath", () => {
    write(
      "consumer.js",
      `import { GenieEnv } from "genie-env";
       import { Discrete } from "genie-env/env";
       import { loadWorld } from "genie-env/model";
       import { compile } from "genie-env/compute";
       import { CartPoleEnv } from "genie-env/games";
       import { frechetDistance } from "genie-env/metrics";
       import { FakeWorldModel, checkEnv } from "genie-env/testing";
       console.log([GenieEnv, Discrete, loadWorld, compile, CartPoleEnv, frechetDistance, FakeWorldModel, checkEnv].map((x) => x.name).join());`,
    );
    expect(node("consumer.js")).toBe(
      "GenieEnv,Discrete,loadWorld,compile,CartPoleEnv,frechetDistance,FakeWorldModel,checkEnv\n",
    );
  });

  test("plays a bundled world in a batch, which may run in worker threads", () => {
    write(
      "batch.js",
      `import { GenieEnv } from "genie-env";
       const env = await GenieEnv.load("supertux", { numEnvs: 2 });
       const [frames] = await env.reset();
       const [next] = await env.step([0, 1]);
       console.log(frames.length === next.length && next.some((x) => x !== next[0]));
       env.close();`,
    );
    expect(node("batch.js")).toBe("true\n");
  });

  test("runs an environment on a world model of the user's own", () => {
    write(
      "rollout.js",
      `import { GenieEnv } from "genie-env";
       import { FakeWorldModel } from "genie-env/testing";
       const world = new FakeWorldModel();
       const env = await GenieEnv.fromWorld(world, { horizon: 3 });
       await env.reset({ width: world.frameShape[1], height: world.frameShape[0], count: 1,
         data: new Uint8Array(world.frameShape.reduce((a, b) => a * b)) });
       const results = [await env.step(0), await env.step(1), await env.step(0)];
       console.log(results.map(([, , terminated, truncated]) => terminated || truncated).join());`,
    );
    expect(node("rollout.js")).toBe("false,false,true\n");
  });

  test("steps a user's TypeScript in worker threads where tsx is loaded, and says so where nothing loads it", () => {
    write(
      "my-env.ts",
      `import { BaseEnv, Box, Discrete, type ResetResult, type StepResult } from "genie-env/env";
       class Counter extends BaseEnv<Float32Array, number> {
         readonly observationSpace = new Box({ low: 0, high: 9, shape: [1] });
         readonly actionSpace = new Discrete(2);
         private count: number = 0;
         protected begin(): ResetResult<Float32Array, {}> {
           this.count = 0;
           return [Float32Array.of(0), {}];
         }
         protected advance(action: number): StepResult<Float32Array, {}> {
           this.count += action;
           return [Float32Array.of(this.count), 1, false, false, {}];
         }
       }
       export const counter = (): Counter => new Counter();`,
    );
    const program = `import { WorkerVectorEnv } from "genie-env/env";
       const source = { module: new URL("./my-env.ts", import.meta.url).href, export: "counter" };
       const envs = await WorkerVectorEnv.create([source, source], { numWorkers: 1 }).catch((error) => error);
       if (envs instanceof Error) console.log(envs.name, envs.message);
       else {
         await envs.reset();
         console.log((await envs.step([1, 0]))[0].join());
         await envs[Symbol.asyncDispose]();
       }`;
    write("workers.ts", program.replace("(error)", "(error: Error)"));
    write("workers.js", program);
    expect(node("--import", "tsx", "workers.ts")).toBe("1,0\n");
    const plain = node("workers.js");
    // Node 22.18 and later load it by themselves.
    expect(plain === "1,0\n" || /^ConfigError WorkerVectorEnv: .*my-env\.ts - start the program with/.test(plain)).toBe(
      true,
    );
  });

  test("runs an example where it is installed, from where one works", () => {
    const examples = packed.filter((path) => /^examples\/.*\.ts$/.test(path));
    expect(examples).toContain("examples/random.ts");
    const shown = node("--import", "tsx", "node_modules/genie-env/examples/random.ts", "--env", "Catch-v0");
    expect(shown).toMatch(/^Catch-v0, seed 0: /);
  });

  test("runs its command from the build", () => {
    expect(node("node_modules/genie-env/bin/genie-env.mjs", "--version")).toBe(`${manifest.version}\n`);
  });

  test("type-checks in a strict project", () => {
    write(
      "consumer.ts",
      `import { GenieEnv, type WorldModel } from "genie-env";
       import { Discrete } from "genie-env/env";
       import { FakeWorldModel, checkEnv } from "genie-env/testing";
       const world: WorldModel = new FakeWorldModel();
       const env = await GenieEnv.fromWorld(world);
       const n: number = new Discrete(3).n;
       // @ts-expect-error a Discrete has no such field
       new Discrete(n).columns;
       export const findings = await checkEnv(env);`,
    );
    link("@types/node");
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const flags = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022", "--skipLibCheck"];
    expect(node(tsc, ...flags, "--lib", "es2023,esnext.disposable", "--types", "node", "consumer.ts")).toBe("");
  });
});
