import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createProgress } from "../../src/core/progress.ts";

class Recorder extends Writable {
  text = "";
  readonly isTTY: boolean;
  constructor(isTTY = false) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }
  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }
}

/** Lines of a task of `total` steps that each take `msPerStep`. */
function linesOf(total: number, msPerStep: number, start = 0): string[] {
  const stream = new Recorder();
  let ms = 0;
  using progress = createProgress({ total, label: "train", start, stream, now: () => ms });
  for (let step = start + 1; step <= total; step += 1) {
    ms += msPerStep;
    progress.update(step, { loss: 1 / 3, frames: 12 });
  }
  progress.finish();
  return stream.lines;
}

describe("progress without a terminal", () => {
  it("writes a line every twentieth of a fast task, without control characters", () => {
    const lines = linesOf(1000, 1);
    expect(lines).toHaveLength(20);
    expect(lines[0]).toBe("train 50/1000  loss 0.3333  frames 12  eta 1s");
    expect(lines.at(-1)).toBe("train 1000/1000  loss 0.3333  frames 12  eta 0s");
    expect(lines.join("")).not.toMatch(/[^\x20-\x7e]/);
  });

  it("writes a line every ten seconds of a slow one", () => {
    expect(linesOf(10_000, 4000).slice(0, 2)).toEqual([
      "train 3/10000  loss 0.3333  frames 12  eta 11h06m",
      "train 6/10000  loss 0.3333  frames 12  eta 11h06m",
    ]);
  });

  it("estimates a resumed task by the steps of this process", () => {
    expect(linesOf(1000, 1000, 900)[0]).toBe("train 910/1000  loss 0.3333  frames 12  eta 1m30s");
  });

  it("estimates nothing before a step is done", () => {
    const stream = new Recorder();
    let ms = 0;
    using progress = createProgress({ total: 6, label: "agents", start: 2, stream, now: () => ms });
    ms = 10_000;
    progress.update(2, { now: "video 7/9" });
    expect(stream.lines).toEqual(["agents 2/6  now video 7/9  eta ?"]);
  });

  it("writes the last state once, however often it is finished", () => {
    const stream = new Recorder();
    const progress = createProgress({ total: 100, label: "read", stream, now: () => 0 });
    progress.update(3, { note: "early" });
    expect(stream.lines).toEqual([]);
    progress.finish();
    progress.finish();
    progress.update(50);
    expect(stream.lines).toEqual(["read 3/100  note early  eta 0s"]);
  });
});

it("draws a bar on a terminal, with the fields", () => {
  const stream = new Recorder(true);
  const progress = createProgress({ total: 4, label: "train", stream });
  progress.update(2, { loss: 0.123456 });
  progress.finish();
  expect(stream.text).toContain("█");
  expect(stream.text).toContain("2/4  loss 0.1235");
});

it("writes nothing when silent", () => {
  const stream = new Recorder(true);
  const progress = createProgress({ total: 4, label: "train", stream, silent: true });
  progress.update(4, { loss: 1 });
  progress.finish();
  expect(stream.text).toBe("");
});
