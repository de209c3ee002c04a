import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };

const launcher = fileURLToPath(new URL("../../bin/genie-env.mjs", import.meta.url));

/** A module that prints, when the process ends, which CommonJS modules and native libraries it loaded. */
const listLoaded = `data:text/javascript,${encodeURIComponent(`
  import { Module } from "node:module";
  process.on("exit", () => {
    const native = process.report.getReport().sharedObjects;
    console.error([...Object.keys(Module._cache), ...native].join("\\n"));
  });
`)}`;

function genieEnv(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [launcher, ...args], { encoding: "utf8" });
}

describe("genie-env", () => {
  test("--help lists every command and succeeds", () => {
    const { status, stdout, stderr } = genieEnv("--help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const command of ["demo", "train", "eval", "play", "actions", "info", "speed"]) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
    }
  });

  test("--help loads no tensor library and no native code", () => {
    const { status, stderr } = spawnSync(process.execPath, [`--import=${listLoaded}`, launcher, "--help"], {
      encoding: "utf8",
    });
    expect(status).toBe(0);
    expect(stderr).toMatch(/node_modules.commander/);
    expect(stderr).not.toMatch(/node_modules.(onnxruntime-node|sharp|node-av|@tensorflow)/);
  });

  test("--version is the package's", () => {
    expect(genieEnv("--version")).toMatchObject({ status: 0, stdout: `${manifest.version}\n` });
  });

  test.each([
    ["an unknown command", ["pley"], "error: unknown command 'pley' (Did you mean play?)\n"],
    ["an unknown option", ["speed", "--jsn"], "error: unknown option '--jsn' (Did you mean --json?)\n"],
    ["a missing option", ["info"], "error: required option '--world <name>' not specified\n"],
    [
      "a value outside the choices",
      ["speed", "--engine", "abacus"],
      "error: option '--engine <name>' argument 'abacus' is invalid. " +
        "Allowed choices are onnx, jax, tensorflow, webgpu, wasm, cpu.\n",
    ],
  ])("%s is one line on stderr and status 2", (_, args, line) => {
    expect(genieEnv(...args)).toMatchObject({ status: 2, stdout: "", stderr: line });
  });

  test("an error that the user can mend is one line without a stack, and status 2", () => {
    const { status, stdout, stderr } = genieEnv("info", "--world", "no/such/world");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^error: .*\n$/);
  });

  test.runIf(existsSync("/dev/full"))("a full disk is one line and status 2, though the error names no path", () => {
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, [launcher, "--version"], {
      encoding: "utf8",
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    expect(stderr).toMatch(/^error: .*the disk is full.*\n$/);
    expect(status).toBe(2);
  });

  test("a reader that closes the pipe ends the command quietly", async () => {
    const child = spawn(process.execPath, [launcher, "help", "train"], { stdio: ["ignore", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    child.stdout.destroy();
    const [status] = await once(child, "close");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
