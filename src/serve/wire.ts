import { DataError } from "../core/errors.ts";

/*
 * Messages between a server and its clients (docs/protocol.md). A message is plain data with typed arrays in it: a JSON
 * header that says what there is, and a body with the bytes of the arrays, one behind the other. All numbers little-endian.
 *
 *   uint32 bytes of the header | uint32 bytes of the body | header, UTF-8 | body
 *
 * In the header an array is { "$array": [dtype, offset, length] }, a number that JSON lacks { "$number": "NaN" | "inf" |
 * "-inf" }, and a key of the data that starts with "$" has one more "$".
 */

/** The typed arrays that travel, by the names that NumPy gives their elements. */
const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

type DType = keyof typeof ARRAYS;
type NumberArray = InstanceType<(typeof ARRAYS)[DType]>;

/** Arrays start at multiples of this, so that whoever reads them need not copy. */
const ALIGNMENT = 8;
const PREFIX_BYTES = 8;

/** The most bytes that a message may have, so that a stranger cannot make the reader hold more. */
export type MessageLimits = { readonly header: number; readonly body: number };

/** What is large enough for prompts of pixels and small enough for many clients. */
export const LIMITS: MessageLimits = { header: 2 ** 20, body: 2 ** 26 };

/** The bytes of a message. @throws DataError for what cannot travel, as a function. */
export function encodeMessage(data: unknown): Uint8Array {
  const arrays: NumberArray[] = [];
  let size = 0;
  const header = Buffer.from(
    JSON.stringify(
      toPlain(data, (array) => {
        const offset = size;
        arrays.push(array);
        size = aligned(offset + array.byteLength);
        return [dtypeOf(array), offset, array.length];
      }),
    ),
  );
  const message = Buffer.alloc(PREFIX_BYTES + header.length + size);
  message.writeUInt32LE(header.length, 0);
  message.writeUInt32LE(size, 4);
  message.set(header, PREFIX_BYTES);
  let at = PREFIX_BYTES + header.length;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    message.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += aligned(byteLength);
  }
  return message;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** `place` says where the body will hold an array. */
function toPlain(data: unknown, place: (array: NumberArray) => unknown): unknown {
  if (data === null || data === undefined || typeof data === "string" || typeof data === "boolean") return data ?? null;
  if (typeof data === "number") return Number.isFinite(data) ? data : { $number: nameOf(data) };
  if (isNumberArray(data)) return { $array: place(data) };
  if (Array.isArray(data)) return data.map((entry) => toPlain(entry, place));
  if (typeof data !== "object")
    throw new DataError(`encodeMessage: a message must be plain data, got a ${typeof data}`);
  const known = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known.map(([key, value]) => [escape(key), toPlain(value, place)]));
}

function nameOf(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "inf" : "-inf";
}

function escape(key: string): string {
  return key.startsWith("$") ? `$${key}` : key;
}

function isNumberArray(data: unknown): data is NumberArray {
  return Object.values(ARRAYS).some((type) => data instanceof type);
}

function dtypeOf(array: NumberArray): DType {
  const dtype = DTYPES.find((name) => array instanceof ARRAYS[name]);
  if (dtype !== undefined) return dtype;
  throw new DataError("encodeMessage: an array must be of a known type");
}

const DTYPES: readonly DType[] = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"];

/** Puts messages together out of the pieces in which they arrive. */
export class MessageReader {
  readonly #limits: MessageLimits;
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** The bytes that come next: a prefix, or the header and the body that it announced. */
  #wanted = PREFIX_BYTES;
  #header: number | null = null;

  constructor(limits: MessageLimits = LIMITS) {
    this.#limits = limits;
  }

  /**
   * The messages that are complete now that `piece` is here.
   * @throws DataError for what is no message, or one beyond the limits; nothing that comes after it can be read.
   */
  *read(piece: Uint8Array): Generator {
    this.#pieces.push(piece);
    this.#length += piece.length;
    while (this.#length >= this.#wanted) {
      const bytes = this.#take(this.#wanted);
      if (this.#header === null) {
        this.#expect(bytes.readUInt32LE(0), bytes.readUInt32LE(4));
        continue;
      }
      const message = decodeMessage(bytes.subarray(0, this.#header), bytes.subarray(this.#header));
      this.#header = null;
      this.#wanted = PREFIX_BYTES;
      yield message;
    }
  }

  #expect(header: number, body: number): void {
    const most = this.#limits;
    if (header > most.header || body > most.body) {
      throw new DataError(
        `read: a message must have at most ${most.header} and ${most.body} bytes, got ${header} and ${body}`,
      );
    }
    this.#header = header;
    this.#wanted = header + body;
  }

  #take(count: number): Buffer {
    const all = Buffer.concat(this.#pieces);
    this.#pieces = [all.subarray(count)];
    this.#length -= count;
    return all.subarray(0, count);
  }
}

function decodeMessage(header: Uint8Array, body: Uint8Array): unknown {
  try {
    return fromPlain(JSON.parse(Buffer.from(header).toString("utf8")), body);
  } catch (cause) {
    throw cause instanceof DataError ? cause : new DataError("read: the header must be JSON", { cause });
  }
}

function fromPlain(plain: unknown, body: Uint8Array): unknown {
  if (Array.isArray(plain)) return plain.map((entry) => fromPlain(entry, body));
  if (typeof plain !== "object" || plain === null) return plain;
  if ("$array" in plain) return readArray(plain.$array, body);
  if ("$number" in plain) return readNumber(plain.$number);
  // Not by assignment: the key may be __proto__.
  return Object.fromEntries(
    Object.entries(plain).map(([key, value]) => [key.startsWith("$") ? key.slice(1) : key, fromPlain(value, body)]),
  );
}

function readNumber(name: unknown): number {
  if (name === "inf") return Infinity;
  return name === "-inf" ? -Infinity : Number.NaN;
}

/** A copy, so that the array is aligned and does not hold on to the message. */
function readArray(place: unknown, body: Uint8Array): NumberArray {
  const [name, offset, length]: unknown[] = Array.isArray(place) ? place : [];
  const dtype = DTYPES.find((known) => known === name);
  if (dtype === undefined || !isCount(offset) || !isCount(length)) {
    throw new DataError(`read: an array must be [dtype, offset, length], got ${JSON.stringify(place)}`);
  }
  const type = ARRAYS[dtype];
  const end = offset + length * type.BYTES_PER_ELEMENT;
  if (end > body.length)
    throw new DataError(`read: an array must lie within the body of ${body.length} bytes, got ${end}`);
  return new type(Uint8Array.from(body.subarray(offset, end)).buffer);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
