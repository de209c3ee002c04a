import { isRecord } from "../../core/record.ts";
import { describe } from "../../env/describe.ts";
import type { AnyVectorEnv } from "../../env/env.ts";
import type { AnyEnv } from "../../env/wrapper.ts";
import { finding } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { resetCall, stepCall } from "./rollout.ts";
import { call } from "./run-checks.ts";
import type { Subject } from "./subject.ts";

/** What an environment says of rendering, and what its render mode, and where more can be made every other one, shows. */
export async function* checkRender(subject: Subject): AsyncGenerator<Finding> {
  const { env, make } = subject;
  const flaws = [...checkMetadata(env)];
  yield* flaws;
  yield* checkFrames(env, subject);
  if (make === null || flaws.length > 0) return;
  for (const renderMode of RENDER_MODES) {
    if (renderMode === env.renderMode || !env.metadata.renderModes.includes(renderMode)) continue;
    const other = await make({ renderMode });
    try {
      if (other.renderMode === renderMode) yield* checkFrames(other, subject);
    } finally {
      other.close();
    }
  }
}

/** Those that can be looked at without a person: "human" would draw on the terminal. */
const RENDER_MODES = ["rgb_array", "ansi", "rgb_array_list"] as const;

function* checkMetadata({ metadata, renderMode }: AnyEnv | AnyVectorEnv): Generator<Finding> {
  const { renderModes: modes, renderFps: fps }: { readonly renderModes?: unknown; readonly renderFps?: unknown } =
    metadata;
  const names: readonly unknown[] = Array.isArray(modes) ? modes : [];
  if (!Array.isArray(modes) || !names.every((mode) => typeof mode === "string")) {
    yield finding("render-modes-missing", "metadata.renderModes", `got ${describe(modes)}`);
  }
  if (fps !== undefined && !(typeof fps === "number" && fps > 0)) {
    yield finding("render-fps-invalid", "metadata.renderFps", `got ${describe(fps)}`);
  }
  if (names.length > 0 && fps === undefined) yield finding("render-fps-missing", "metadata.renderFps");
  if (renderMode !== null && !names.includes(renderMode)) {
    yield finding("render-mode-undeclared", "renderMode", `got ${describe(renderMode)}`);
  }
}

/** The first frame and the next. */
async function* checkFrames(env: AnyEnv | AnyVectorEnv, { seed, options, actions }: Subject): AsyncGenerator<Finding> {
  const path = env.renderMode === null ? "render" : `render in mode ${env.renderMode}`;
  const render = (): Promise<unknown> => call<unknown>(path, () => env.render());
  await resetCall(env, "reset", { seed, options });
  const first = await render();
  await stepCall(env, "step 1", actions[0]);
  const wrong = [first, await render()].filter((frame) => !isShown(env, frame));
  if (wrong.length > 0) yield finding("render-result", path, `got ${describe(wrong[0])}`);
}

function isShown(env: AnyEnv | AnyVectorEnv, frame: unknown): boolean {
  switch (env.renderMode) {
    case "rgb_array":
      return isFrames(frame) && frame["count"] === ("numEnvs" in env ? env.numEnvs : 1);
    case "rgb_array_list":
      return isFrames(frame);
    case "ansi":
      return typeof frame === "string";
    case "human":
    case null:
      return frame === null;
    default:
      return true;
  }
}

/** RGB bytes of as many frames as they say. */
function isFrames(frame: unknown): frame is Readonly<Record<string, unknown>> {
  if (!isRecord(frame)) return false;
  const { data, count, height, width } = frame;
  const size = Number(count) * Number(height) * Number(width) * 3;
  return data instanceof Uint8Array && data.length === size;
}
