import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CheckpointError, ShapeError } from "../../src/core/errors.ts";
import { float32, type HostTensors, int32 } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { decodeSafetensors, encodeSafetensors, readSafetensors, writeSafetensors } from "../../src/core/safetensors.ts";

const tensors: HostTensors = {
  mask: { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) },
  "blocks.0.weight": float32(Float32Array.of(0.1, -2, NaN, Infinity, 5, 6), [2, 3]),
  step: int32(Int32Array.of(-7), []),
  empty: float32(new Float32Array(0), [0, 4]),
};

/** A file whose header and data are written by hand. */
function fileOf(header: unknown, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const entry = (shape: readonly unknown[], begin: unknown, end: unknown, dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("encodeSafetensors", () => {
  it("writes the bytes of the format", () => {
    const json = '{"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}}  ';
    const file = encodeSafetensors({ a: int32(Int32Array.of(1, -1), [2]) });
    expect(new DataView(file.buffer).getBigUint64(0, true)).toBe(BigInt(json.length));
    expect(new TextDecoder().decode(file.subarray(8, 8 + json.length))).toBe(json);
    expect([...file.subarray(8 + json.length)]).toEqual([1, 0, 0, 0, 255, 255, 255, 255]);
  });

  it("does not depend on the order of names", () => {
    const reversed = Object.fromEntries(Object.entries(tensors).toReversed());
    expect(encodeSafetensors(reversed, { a: "b" })).toEqual(encodeSafetensors(tensors, { a: "b" }));
  });

  it("rejects data that does not fill its shape, and reserved names", () => {
    expect(() => encodeSafetensors({ a: int32(new Int32Array(3), [2]) })).toThrow(ShapeError);
    expect(() => encodeSafetensors({ ["__metadata__"]: int32(new Int32Array(1), []) })).toThrow(CheckpointError);
    expect(() => encodeSafetensors({ ["__proto__"]: int32(new Int32Array(1), []) })).toThrow(CheckpointError);
  });

  it("rejects numbers that half precision would make infinite", () => {
    const large = { a: float32(Float32Array.of(1, 70_000), [2]) };
    expect(() => encodeSafetensors(large, {}, { halfPrecision: true })).toThrow(
      "within 65504 for half precision, got 70000",
    );
  });
});

const brokenFiles: readonly [string, Uint8Array][] = [
  ["nothing", new Uint8Array(0)],
  ["a truncated length", new Uint8Array(7)],
  ["a header longer than the file", Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 123, 125)],
  ["a header of 2^64 - 1 bytes", new Uint8Array(16).fill(255)],
  ["a header that is not JSON", fileOf('{"a":')],
  ["a header that is not an object", fileOf("[]")],
  ["leading space", fileOf(" {}")],
  ["invalid UTF-8", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)],
  ["an unknown dtype", fileOf({ a: entry([1], 0, 4, "F64") }, 4)],
  ["an entry that is no tensor", fileOf({ a: 1 })],
  ["an unknown field", fileOf({ a: { ...entry([1], 0, 4), strides: [1] } }, 4)],
  ["a negative size", fileOf({ a: entry([-1, -1], 0, 4) }, 4)],
  ["a fractional size", fileOf({ a: entry([0.5, 2], 0, 4) }, 4)],
  ["a shape that does not fit its bytes", fileOf({ a: entry([2], 0, 4) }, 4)],
  ["a product that overflows", fileOf({ a: entry([2 ** 52, 2 ** 52, 2 ** 52], 0, 4) }, 4)],
  ["reversed offsets", fileOf({ a: entry([0], 4, 0) }, 4)],
  ["offsets past the file", fileOf({ a: entry([2 ** 40], 0, 2 ** 42) }, 4)],
  ["overlapping tensors", fileOf({ a: entry([2], 0, 8), b: entry([1], 4, 8) }, 8)],
  ["a gap", fileOf({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12)],
  ["trailing data", fileOf({ a: entry([1], 0, 4) }, 5)],
  ["metadata that is not text", fileOf({ __metadata__: { a: 1 } })],
  ["a bool that is neither 0 nor 1", new Uint8Array([...fileOf({ a: entry([1], 0, 1, "BOOL") }), 2])],
  [
    "a name twice",
    fileOf(`{"a":${JSON.stringify(entry([1], 0, 4))},"\\u0061":${JSON.stringify(entry([1], 0, 4))}}`, 4),
  ],
  ["a field twice", fileOf('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4)],
  ["the name __proto__", fileOf('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4)],
  ["metadata named __proto__", fileOf('{"__metadata__":{"__proto__":"x"}}')],
  ["deep nesting", fileOf(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`)],
];

it.each(brokenFiles)("decodeSafetensors rejects %s", (_, file) => {
  expect(() => decodeSafetensors(file, "world")).toThrow(CheckpointError);
  expect(() => decodeSafetensors(file, "world")).toThrow(/^world: must be a safetensors file, got /);
});

describe("decodeSafetensors", () => {
  it("returns what was encoded", () => {
    const metadata = { format: "genie", note: 'quotes " and { braces: } \\' };
    expect(decodeSafetensors(encodeSafetensors(tensors, metadata))).toEqual({ tensors, metadata });
    expect(decodeSafetensors(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
  });

  it("reads at any alignment, and copies", () => {
    const file = encodeSafetensors(tensors);
    const shifted = Buffer.concat([Buffer.alloc(1), file]).subarray(1);
    const decoded = decodeSafetensors(shifted);
    shifted.fill(0);
    expect(decoded.tensors).toEqual(tensors);
  });

  it("widens half precision, exact to 11 bits", () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 2 ** ((i % 20) - 10));
    const file = encodeSafetensors({ a: float32(values, [1000]) }, {}, { halfPrecision: true });
    const { a } = decodeSafetensors(file).tensors;
    expect(file.length).toBeLessThan(2100);
    expect(a?.dtype).toBe("float32");
    expect(
      values.every((value, i) => Math.abs(value - (a?.data[i] ?? NaN)) <= Math.abs(value) * 2 ** -11 + 2 ** -25),
    ).toBe(true);
  });

  it("reads a very long name", () => {
    const name = "x".repeat(5_000_000);
    expect(Object.keys(decodeSafetensors(encodeSafetensors({ [name]: int32(new Int32Array(1), []) })).tensors)).toEqual(
      [name],
    );
  });

  it("takes names of Object.prototype for names", () => {
    const odd = { constructor: int32(Int32Array.of(1), []), toString: int32(Int32Array.of(2), []) };
    expect(decodeSafetensors(encodeSafetensors({ ...odd })).tensors).toEqual(odd);
  });
});

/** Bytes of all tensors of a file, or undefined when it is rejected; any other error passes through. */
function decodedBytes(file: Uint8Array): number | undefined {
  try {
    return Object.values(decodeSafetensors(file).tensors).reduce((total, { data }) => total + data.byteLength, 0);
  } catch (error) {
    if (error instanceof CheckpointError) return undefined;
    throw error;
  }
}

describe("damaged files", () => {
  const rng = new Rng("fuzz");
  const original = encodeSafetensors(tensors, { format: "genie" });
  const headerEnd = 8 + Number(new DataView(original.buffer).getBigUint64(0, true));

  const flip = (file: Uint8Array, end: number) => {
    const damaged = file.slice();
    for (let i = 0; i <= rng.integer(3); i += 1) {
      const at = rng.integer(end);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << rng.integer(8));
    }
    return damaged;
  };
  /** Replaces one number of the header; the length stays right, so that the checks behind it are reached. */
  const splice = () => {
    const json = new TextDecoder().decode(original.subarray(8, headerEnd)).trimEnd();
    const numbers = ["-1", "0", "4", "1e308", "9007199254740993", "2.5", "null", '"4"', "[0]", "18446744073709551615"];
    const parts = json.split(/(\d+)/);
    parts[1 + 2 * rng.integer((parts.length - 1) / 2)] = numbers[rng.integer(numbers.length)] ?? "";
    return new Uint8Array([...fileOf(parts.join("")), ...original.subarray(headerEnd)]);
  };
  const damages = {
    "bits flipped anywhere": () => flip(original, original.length),
    "bits flipped in the header": () => flip(original, headerEnd),
    truncated: () => original.slice(0, rng.integer(original.length)),
    "part cut out": () => {
      const begin = rng.integer(original.length);
      const end = begin + 1 + rng.integer(20);
      return new Uint8Array([...original.subarray(0, begin), ...original.subarray(end)]);
    },
    "numbers of the header replaced": splice,
    "another file's header": () => {
      const cut = rng.integer(original.length);
      return new Uint8Array([...encodeSafetensors({ b: int32(new Int32Array(2), [2]) }), ...original.subarray(cut)]);
    },
  };

  it.each(Object.entries(damages))("%s: decode to tensors that fit the file, or throw CheckpointError", (_, damage) => {
    let rejected = 0;
    for (let i = 0; i < 1500; i += 1) {
      const file = damage();
      const bytes = decodedBytes(file);
      expect(bytes ?? 0).toBeLessThanOrEqual(2 * file.length);
      if (bytes === undefined) rejected += 1;
    }
    expect(rejected).toBeGreaterThan(0);
  });
});

describe("readSafetensors", () => {
  it("reads what writeSafetensors wrote, and names the file that is missing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "safetensors-"));
    const path = join(folder, "model.safetensors");
    await writeSafetensors(path, tensors, { format: "genie" });
    expect(await readSafetensors(path)).toEqual({ tensors, metadata: { format: "genie" } });
    await expect(readSafetensors(join(folder, "none"))).rejects.toThrow(CheckpointError);
    await expect(readSafetensors(join(folder, "none"))).rejects.toThrow(/none: must be a readable file/);
    await rm(folder, { recursive: true });
  });
});
