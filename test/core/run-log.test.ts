import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CheckpointError, ConfigError } from "../../src/core/errors.ts";
import { openRunLog, readRunLog } from "../../src/core/run-log.ts";
import { crc32c, encodeScalarsEvent, encodeVersionEvent, frameRecord } from "../../src/core/tensorboard.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const ascii = (text: string) => new TextEncoder().encode(text);

describe("TensorBoard records", () => {
  it("use CRC-32C (RFC 3720, appendix B.4)", () => {
    expect(crc32c(ascii("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  // Expected bytes: tensorboard 2.x, RecordWriter and event_pb2.
  it("are framed as TensorBoard frames them", () => {
    expect(hex(frameRecord(ascii("abc")))).toBe("0300000000000000b099490e6162636e57f121");
  });

  it("hold events as TensorBoard writes them", () => {
    expect(hex(encodeVersionEvent(1_700_000_000.5))).toBe(
      "1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110",
    );
    expect(hex(encodeScalarsEvent(1_700_000_000.5, 300, { "train/loss": 0.25, fps: 31 }))).toBe(
      "2d000000000000003c418afb0900002040fc54d94110ac022a1f0a110a0a747261696e2f6c6f7373150000803e0a0a0a03667073" +
        "150000f841dc2dc946",
    );
  });
});

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "run-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (name: string) => readFileSync(join(folder, name), "utf8");
const jsonLines = (): unknown[] =>
  read("log.jsonl")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
/** The CSV without its time column. */
const table = () =>
  read("log.csv")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(",").filter((_, column) => column !== 1));
const records = () => countRecords(readFileSync(join(folder, "events.out.tfevents.genie-env")));

it("writes every row to all three files", () => {
  const log = openRunLog(folder);
  log.scalars(0, { "train/loss": 2.5, fps: 10 });
  log.scalars(10, { "train/loss": 1.25, fps: 11 });
  expect(jsonLines()).toMatchObject([
    { step: 0, "train/loss": 2.5, fps: 10 },
    { step: 10, "train/loss": 1.25, fps: 11 },
  ]);
  expect(table()).toEqual([
    ["step", "train/loss", "fps"],
    ["0", "2.5", "10"],
    ["10", "1.25", "11"],
  ]);
  expect(records()).toBe(3);
  expect(readdirSync(folder)).toHaveLength(3);
});

it("widens the table when a scalar is new, and leaves cells empty where there is none", () => {
  const log = openRunLog(folder);
  log.scalars(1, { loss: 1 });
  log.scalars(2, { loss: 2, 'psnr, "held out"': 30 });
  log.scalars(3, { loss: 3 });
  expect(read("log.csv").split("\n")[0]).toBe('step,time,loss,"psnr, ""held out"""');
  expect(table().slice(1)).toEqual([
    ["1", "1", ""],
    ["2", "2", "30"],
    ["3", "3", ""],
  ]);
});

it("keeps numbers that JSON lacks", () => {
  openRunLog(folder).scalars(1, { a: NaN, b: Infinity, c: -Infinity });
  expect(readRunLog(folder)).toMatchObject([{ step: 1, values: { a: NaN, b: Infinity, c: -Infinity } }]);
  expect(table()[1]).toEqual(["1", "NaN", "Infinity", "-Infinity"]);
});

it("drops what lies after the step that a run resumes from", () => {
  const log = openRunLog(folder);
  for (const step of [10, 20, 30, 40]) log.scalars(step, { loss: step });
  const resumed = openRunLog(folder);
  resumed.truncateAfter(25);
  resumed.scalars(30, { loss: -1 });
  expect(readRunLog(folder).map(({ step, values }) => [step, values.loss])).toEqual([
    [10, 10],
    [20, 20],
    [30, -1],
  ]);
  expect(table()).toHaveLength(4);
  expect(records()).toBe(4);
});

it("gives the bytes of an uninterrupted log when it is opened again", () => {
  const log = openRunLog(folder);
  log.scalars(1, { loss: 0.1 });
  log.scalars(2, { loss: NaN, "psnr/held out": 31 });
  const versionBytes = encodeVersionEvent(1).length;
  const bytes = () => [
    read("log.jsonl"),
    read("log.csv"),
    hex(readFileSync(join(folder, "events.out.tfevents.genie-env")).subarray(versionBytes)),
  ];
  const before = bytes();
  openRunLog(folder);
  expect(bytes()).toEqual(before);
});

it("survives a crash in the middle of a line", () => {
  openRunLog(folder).scalars(1, { loss: 1 });
  appendFileSync(join(folder, "log.jsonl"), '{"step":2,"ti');
  appendFileSync(join(folder, "log.csv"), "2,17");
  appendFileSync(join(folder, "events.out.tfevents.genie-env"), "\u0001");
  openRunLog(folder).scalars(2, { loss: 2 });
  expect(readRunLog(folder).map(({ step }) => step)).toEqual([1, 2]);
  expect(table()).toHaveLength(3);
  expect(records()).toBe(3);
});

it.each(["nonsense\n", "[]\n", '{"step":-1,"time":0}\n', '{"step":1,"time":0,"loss":"low"}\n'])(
  "rejects a log that holds %j",
  (line) => {
    writeFileSync(join(folder, "log.jsonl"), line);
    expect(() => openRunLog(folder)).toThrow(CheckpointError);
    expect(() => openRunLog(folder)).toThrow("log.jsonl:1: must be a row");
  },
);

it("rejects steps that go back or are not whole, and reserved names", () => {
  const log = openRunLog(folder);
  log.scalars(5, { loss: 1 });
  expect(() => log.scalars(4, { loss: 1 })).toThrow(ConfigError);
  expect(() => log.scalars(5.5, { loss: 1 })).toThrow(ConfigError);
  expect(() => log.scalars(6, { step: 1 })).toThrow(ConfigError);
  expect(readRunLog(folder)).toHaveLength(1);
});

/** Walks the frames of a record file; NaN when the last one is not whole. */
function countRecords(file: Buffer): number {
  let offset = 0;
  let count = 0;
  while (offset < file.length) {
    offset += 16 + Number(file.readBigUInt64LE(offset));
    count += 1;
  }
  return offset === file.length ? count : NaN;
}
