#!/usr/bin/env node
/*
 * Puts a current TensorFlow under @tensorflow/tfjs-node, whose own download is TensorFlow 2.9 for CUDA 11.2.
 *
 *   npm run setup:tensorflow                       the CPU library of the tensorflow-cpu wheel on PyPI
 *   npm run setup:tensorflow -- --gpu              the tensorflow wheel with its CUDA 12 libraries, for tfjs-node-gpu
 *   npm run setup:tensorflow -- --library DIR      a tensorflow folder that is there already (site-packages/tensorflow)
 *   npm run setup:tensorflow -- --tensorflow 2.21  a version of the wheel
 *
 * Needs python3 with pip, and a C++ compiler with make. Nothing is written to package.json or its lock file, so
 * `npm ci` removes what this installs: run it again after that (the wheel stays in .vendor).
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TFJS_NODE = "4.22.0";
const LIBRARIES = {
  "libtensorflow_cc.so.2": "libtensorflow",
  "libtensorflow_framework.so.2": "libtensorflow_framework",
};

class SetupError extends Error {}

/** Runs a command in the project; throws `remedy` when it is missing or fails. */
function run(command, args, remedy, options = {}) {
  if (!args.includes("--eval")) console.log(`$ ${[command, ...args].join(" ")}`);
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    ...options,
  });
  if (error || status !== 0)
    throw new SetupError(`${command}: must succeed, got ${error?.message ?? status} - ${remedy}`);
}

function expectTools() {
  if (process.platform !== "linux") {
    throw new SetupError(`platform: must be linux, got ${process.platform} - use the wasm or onnx engine`);
  }
  const tools = { python3: "Python 3 with pip", make: "make", "g++": "a C++ compiler (Debian: build-essential)" };
  for (const [tool, what] of Object.entries(tools)) {
    const { error } = spawnSync(tool, ["--version"], { stdio: "ignore" });
    if (error) throw new SetupError(`${tool}: must be installed, got nothing - install ${what}`);
  }
}

/** The wheel of PyPI, unpacked in .vendor; returns its tensorflow folder. */
function installWheel(gpu, version) {
  const wheel = gpu ? "tensorflow[and-cuda]" : "tensorflow-cpu";
  const target = join(ROOT, ".vendor", gpu ? "tensorflow-gpu" : "tensorflow-cpu");
  const library = join(target, "tensorflow");
  if (existsSync(join(library, "libtensorflow_cc.so.2"))) return library;
  const requirement = version ? `${wheel}==${version}` : wheel;
  // The CPU wheel's Python dependencies are not needed; the GPU wheel's are the CUDA libraries.
  const dependencies = gpu ? [] : ["--no-deps"];
  run(
    "python3",
    [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "--target",
      target,
      ...dependencies,
      requirement,
    ],
    "PyPI must be reachable and have a wheel for this Python; or pass --library DIR, a tensorflow folder",
  );
  return library;
}

function installBinding(name) {
  const spec = `@tensorflow/${name}@${TFJS_NODE}`;
  // As an optional peer, which is what package.json calls it, it would come without its own dependencies.
  const flags = ["--no-save", "--save-prod", "--ignore-scripts", "--prefer-offline"];
  run("npm", ["install", ...flags, spec], "the npm registry must be reachable");
  return join(ROOT, "node_modules", "@tensorflow", name);
}

/** Puts headers and libraries where the binding's build and its run path look for them. */
function linkLibrary(library, binding) {
  for (const file of Object.keys(LIBRARIES)) {
    if (!existsSync(join(library, file))) {
      throw new SetupError(`library: must hold ${file}, got ${library} - pass site-packages/tensorflow of a wheel`);
    }
  }
  const deps = join(binding, "deps");
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  symlinkSync(relative(deps, join(library, "include")), join(deps, "include"));
  for (const [file, name] of Object.entries(LIBRARIES)) {
    for (const link of [`${name}.so`, file])
      symlinkSync(relative(join(deps, "lib"), join(library, file)), join(deps, "lib", link));
  }
  // The GPU library looks for CUDA beside the folder that it is opened from.
  const cuda = join(library, "..", "nvidia");
  if (existsSync(cuda)) symlinkSync(relative(deps, cuda), join(deps, "nvidia"));
}

/** Compiles the binding against the library that is linked there; asks no server for a ready one. */
function build(binding) {
  // A Node that comes with its headers needs no download of them.
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, "include", "node", "node_api.h")) ? [`--nodedir=${prefix}`] : [];
  const nodePreGyp = createRequire(join(binding, "package.json")).resolve("@mapbox/node-pre-gyp/bin/node-pre-gyp");
  run(
    process.execPath,
    [nodePreGyp, "install", "--build-from-source", ...headers],
    "the binding must compile: see the compiler's messages above",
    { cwd: binding },
  );
}

/** Multiplies and differentiates on the new backend, in a process of its own; prints TensorFlow's version. */
function verify(name) {
  const program = `
    const util = require("node:util");
    util.isArray = Array.isArray;
    util.isNullOrUndefined = (value) => value === null || value === undefined;
    const tf = require("@tensorflow/${name}");
    const x = tf.tensor2d([[1, 2], [3, 4]]);
    const product = [...tf.matMul(x, x).dataSync()].join();
    const slope = [...tf.grad((v) => tf.sum(tf.matMul(v, v)))(x).dataSync()].join();
    if (tf.getBackend() !== "tensorflow" || product !== "7,10,15,22" || slope !== "7,11,9,13") {
      throw new Error([tf.getBackend(), product, slope].join(" "));
    }
    const { binding, isUsingGpuDevice } = tf.backend();
    console.log("TensorFlow " + binding.TF_Version + (isUsingGpuDevice ? " on a GPU" : " on the CPU") + " is ready.");
  `;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" };
  run(process.execPath, ["--eval", program], "the library and the binding must fit: try another --tensorflow", { env });
}

function main() {
  const options = {
    gpu: { type: "boolean", default: false },
    library: { type: "string" },
    tensorflow: { type: "string" },
  };
  const { gpu, library, tensorflow } = parseArgs({ options }).values;
  expectTools();
  const name = gpu ? "tfjs-node-gpu" : "tfjs-node";
  const folder = library ? resolve(library) : installWheel(gpu, tensorflow);
  const binding = installBinding(name);
  linkLibrary(folder, binding);
  build(binding);
  verify(name);
}

try {
  main();
} catch (error) {
  if (!(error instanceof SetupError) && error.code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") throw error;
  console.error(`setup-tensorflow: ${error.message}`);
  process.exitCode = 1;
}
