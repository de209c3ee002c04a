import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs";
import { BackendError } from "../core/errors.ts";

/** The tfjs backends of this package, the fastest first. */
export const BACKENDS = ["tensorflow", "webgpu", "wasm", "cpu"] as const;
export type BackendName = (typeof BACKENDS)[number];

/** What chooses a backend. */
export type BackendOptions = {
  /** The backend to use; without it `GENIE_BACKEND` decides, and without that the best one that works here. */
  readonly backend?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/**
 * Makes a tfjs backend ready and the current one; returns its name.
 * @throws BackendError when the backend that was asked for is unknown, not installed or does not start.
 */
export async function selectBackend({ backend, env = process.env }: BackendOptions = {}): Promise<BackendName> {
  // Production mode keeps tfjs from recommending tfjs-node on standard error.
  tf.enableProdMode();
  const wanted = backend ?? env["GENIE_BACKEND"];
  if (wanted) return start(expectBackend(wanted));
  for (const name of BACKENDS) {
    const started = await start(name).catch(() => null);
    if (started) return started;
  }
  throw new BackendError(`backend: one of ${BACKENDS.join(", ")} must start, got none - reinstall @tensorflow/tfjs`);
}

function expectBackend(wanted: string): BackendName {
  const name = BACKENDS.find((known) => known === wanted);
  if (name) return name;
  throw new BackendError(`backend: must be one of ${BACKENDS.join(", ")}, got ${wanted}`);
}

/** How a backend registers itself with tfjs, and what to do when it cannot. */
const LOADERS: Readonly<Record<BackendName, { readonly load: () => Promise<void>; readonly remedy: string }>> = {
  tensorflow: {
    load: loadTensorFlow,
    remedy: "run `npm run setup:tensorflow` in a clone, or install @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu",
  },
  webgpu: {
    load: loadWebGPU,
    remedy:
      "run `npm install @tensorflow/tfjs-backend-webgpu webgpu` (in a clone `npm run setup:webgpu`), and install a " +
      "driver for Vulkan, Metal or Direct3D 12",
  },
  wasm: { load: loadWasm, remedy: "run `npm install @tensorflow/tfjs-backend-wasm`" },
  cpu: { load: () => Promise.resolve(), remedy: "reinstall @tensorflow/tfjs" },
};

async function start(name: BackendName): Promise<BackendName> {
  const { load, remedy } = LOADERS[name];
  try {
    // Loading twice would start a second device.
    if (!tf.engine().registryFactory[name]) await load();
    if (await tf.setBackend(name)) return name;
  } catch (cause) {
    throw new BackendError(`backend: ${name} must load, got ${firstLine(cause)} - ${remedy}`, { cause });
  }
  throw new BackendError(`backend: ${name} must start, got a failure of tfjs - ${remedy}`);
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? "";
}

async function loadTensorFlow(): Promise<void> {
  restoreUtil();
  // TensorFlow greets on standard error unless told otherwise before it loads.
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
  await importOptional(
    isInstalled("@tensorflow/tfjs-node-gpu") ? "@tensorflow/tfjs-node-gpu" : "@tensorflow/tfjs-node",
  );
}

/** Asks Node itself: a bundler may answer an import of a missing optional package with a stand-in of its own. */
function isInstalled(specifier: string): boolean {
  try {
    createRequire(import.meta.url).resolve(specifier);
    return true;
  } catch {
    return false;
  }
}

/** tfjs-node 4.22 calls functions of `node:util` that Node 22 warns of and Node 23 removed. */
function restoreUtil(): void {
  const util: Record<string, unknown> = createRequire(import.meta.url)("node:util");
  util["isArray"] = Array.isArray;
  util["isNullOrUndefined"] = (value: unknown) => value === null || value === undefined;
}

/** The `webgpu` package is a browser's WebGPU for Node; tfjs looks for it where a browser has it. */
async function loadWebGPU(): Promise<void> {
  const { create, globals } = expectDawn(await importOptional("webgpu"));
  Object.assign(globalThis, globals);
  // Node 21 and later have a navigator, without WebGPU.
  if (!("navigator" in globalThis)) Object.defineProperty(globalThis, "navigator", { value: {} });
  const navigator: object = Reflect.get(globalThis, "navigator");
  const gpu = create([]);
  if ((await gpu.requestAdapter()) === null) throw new BackendError("no device that a driver here serves");
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  await importOptional("@tensorflow/tfjs-backend-webgpu");
}

/** What WebGPU says of a device (GPUAdapterInfo). */
export type AdapterInfo = {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** Whether it computes on the CPU. */
  readonly isFallbackAdapter: boolean;
};

type WebGPU = { readonly requestAdapter: () => Promise<{ readonly info: AdapterInfo } | null> };
type Dawn = { readonly create: (flags: readonly string[]) => WebGPU; readonly globals: object };

/** The device that WebGPU chooses here; null when the `webgpu` package is not installed or finds none. */
export async function readAdapterInfo(): Promise<AdapterInfo | null> {
  const module = await importOptional("webgpu").catch(() => null);
  if (module === null) return null;
  const adapter = await expectDawn(module).create([]).requestAdapter();
  return adapter?.info ?? null;
}

function expectDawn(module: unknown): Dawn {
  if (isDawn(module)) return module;
  throw new BackendError("backend: webgpu must export create and globals, got another package");
}

function isDawn(module: unknown): module is Dawn {
  if (typeof module !== "object" || module === null || !("create" in module) || !("globals" in module)) return false;
  return typeof module.create === "function" && typeof module.globals === "object" && module.globals !== null;
}

async function loadWasm(): Promise<void> {
  await import("@tensorflow/tfjs-backend-wasm");
}

/** The one import of packages that may not be there: the specifier is a variable, so that nothing else needs them. */
async function importOptional(specifier: string): Promise<unknown> {
  return import(specifier);
}
