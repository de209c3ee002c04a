import { describe, expect, test } from "vitest";
import { DataError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { encodeMessage, MessageReader } from "../../src/core/wire.ts";

function read(bytes: Uint8Array, reader = new MessageReader()): unknown[] {
  return [...reader.read(bytes)];
}

/** A message with this header as it is. */
function rawMessage(header: string, body = new Uint8Array(0)): Uint8Array {
  const message = Buffer.alloc(8);
  message.writeUInt32LE(Buffer.byteLength(header), 0);
  message.writeUInt32LE(body.length, 4);
  return Buffer.concat([message, Buffer.from(header), body]);
}

const MESSAGE = {
  text: "ünï",
  flags: [true, false, null],
  numbers: [0, -1.5, Infinity, -Infinity, Number.NaN],
  pixels: Uint8Array.of(1, 2, 3),
  nested: { states: [Float64Array.of(0.1, Number.NaN), Int32Array.of(-7)], empty: new Float32Array(0) },
  $array: { $number: "a key of the data" },
};

test("what is sent is what arrives, arrays with their types", () => {
  expect(read(encodeMessage(MESSAGE))).toEqual([MESSAGE]);
});

test("an array of a larger buffer sends its own elements only", () => {
  const [array] = read(encodeMessage(Float32Array.of(1, 2, 3, 4).subarray(1, 3)));
  expect(array).toEqual(Float32Array.of(2, 3));
});

test("an array that NumPy has no name for is refused", () => {
  expect(() => encodeMessage(BigInt64Array.of(1n))).toThrow(/must be of uint8, .*got a BigInt64Array/);
});

test("what pads an array is zero", () => {
  const bytes = encodeMessage(Uint8Array.of(255));
  expect([...bytes.subarray(-8)]).toEqual([255, 0, 0, 0, 0, 0, 0, 0]);
});

test("fields without a value are left out, and a function is refused", () => {
  expect(read(encodeMessage({ a: undefined, b: 1 }))).toEqual([{ b: 1 }]);
  expect(() => encodeMessage({ f: () => 1 })).toThrow(DataError);
});

test("messages arrive whole, in whatever pieces", () => {
  const bytes = Buffer.concat([encodeMessage(MESSAGE), encodeMessage(2), encodeMessage(MESSAGE)]);
  const rng = new Rng("pieces");
  for (let round = 0; round < 20; round++) {
    const reader = new MessageReader();
    const messages: unknown[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + rng.integer(40);
      messages.push(...read(bytes.subarray(at, end), reader));
      at = end;
    }
    expect(messages).toEqual([MESSAGE, 2, MESSAGE]);
  }
});

test("many small messages in one piece are read in time that grows with their number only", () => {
  const one = encodeMessage({ method: "render", env: 0 });
  const count = 20_000;
  expect(read(Buffer.concat(Array.from({ length: count }, () => one)))).toHaveLength(count);
});

test("a large message in tiny pieces is held once", () => {
  const bytes = encodeMessage(new Uint8Array(2 ** 17));
  const reader = new MessageReader();
  const before = process.memoryUsage().arrayBuffers;
  for (let at = 0; at < bytes.length - 1; at++) expect(read(bytes.subarray(at, at + 1), reader)).toEqual([]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 22);
  expect(read(bytes.subarray(-1), reader)).toEqual([new Uint8Array(2 ** 17)]);
});

describe("a stranger's bytes are a DataError", () => {
  test("before they are waited for, when a message would be too large", () => {
    const reader = new MessageReader({ header: 100, body: 100 });
    expect(() => read(Buffer.from("GET / HTTP/1.1\r\n"), reader)).toThrow(/at most 100 and 100 bytes/);
  });

  test.each([
    "",
    "{",
    '{"$array":1}',
    '{"$array":["float16",0,1]}',
    '{"$array":["uint8",0,9]}',
    '{"$array":["uint8",-1,1]}',
    '{"$array":["float64",0,1e300]}',
    // The same bytes over and over would be as much memory as a short header cares to ask for.
    '[{"$array":["uint8",0,8]},{"$array":["uint8",0,8]}]',
    "[".repeat(100_000),
    `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  ])("%j as a header", (header) => {
    expect(() => read(rawMessage(header, new Uint8Array(8)))).toThrow(DataError);
  });

  test("or a message, whatever is changed in one", () => {
    const rng = new Rng("fuzz");
    const original = encodeMessage(MESSAGE);
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from(original);
      for (let i = 0; i <= rng.integer(3); i++) bytes[rng.integer(bytes.length)] = rng.integer(256);
      try {
        read(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }
  });
});

test("a key named __proto__ is data", () => {
  const [message] = read(rawMessage('{"__proto__":{"polluted":1}}'));
  expect(Object.keys(Object(message))).toEqual(["__proto__"]);
  expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
});
