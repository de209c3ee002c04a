import { Writable } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Engine } from "../../src/compute/engine.ts";
import { Rng } from "../../src/core/rng.ts";
import { openRunLog } from "../../src/core/run-log.ts";
import { runStage } from "../../src/model/training/run-stage.ts";
import { createStage, StageConfig } from "../../src/model/training/stage.ts";
import { temporaryFolder } from "../data/pictures.ts";
import { tinyGenie } from "./tiny-genie.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

class Terminal extends Writable {
  readonly isTTY = true;
  text = "";
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** An engine whose steps fail. */
const failing: Engine = {
  name: "failing",
  prepare: () =>
    Promise.resolve({
      run: () => Promise.reject(new Error("out of memory")),
      readState: () => Promise.resolve({}),
      writeState: () => {},
      readRows: () => Promise.resolve([]),
      writeRows: () => {},
      close: () => {},
    }),
};

test("a stage that fails in a terminal leaves no timer behind that would keep the process alive", async () => {
  const { config, setup, params } = tinyGenie();
  const options = StageConfig.parse({ batchSize: 1 });
  const stream = new Terminal();
  const run = runStage({
    stage: createStage("tokenizer", config, setup, options),
    config: options,
    limit: { steps: 3 },
    engine: failing,
    tensors: params,
    start: { step: 0, seconds: 0 },
    rng: new Rng(0),
    sample: () => Promise.resolve(new Uint8Array(config.numFrames * config.height * config.width * 3)),
    log: openRunLog(temporaryFolder()),
    silent: false,
    stream,
    signal: new AbortController().signal,
    checkpoint: () => Promise.resolve(),
    checkpointSeconds: 60,
  });
  await expect(run).rejects.toThrow("out of memory");
  expect(stream.text).toContain("tokenizer");
  expect(vi.getTimerCount()).toBe(0);
});
