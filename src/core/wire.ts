import { DataError } from "./errors.ts";

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
const MAX_UINT32 = 2 ** 32 - 1;
/** A reader keeps at most this much memory for the next message. */
const KEPT_BYTES = 2 ** 20;

/** The most bytes that a message may have, so that a stranger cannot make the reader hold more. */
export type MessageLimits = { readonly header: number; readonly body: number };

/** What is large enough for prompts of pixels and small enough for many clients. */
export const LIMITS: MessageLimits = { header: 2 ** 20, body: 2 ** 26 };

/** The bytes of a message. @throws DataError for what cannot travel, as a function. */
export function encodeMessage(data: unknown): Uint8Array {
  return Buffer.concat(encodeParts(data));
}

/**
 * The bytes of a message, piece by piece: its arrays are not copied, so they must not change before they are sent.
 * @throws DataError as `encodeMessage`.
 */
export function encodeParts(data: unknown): Uint8Array[] {
  const arrays: Uint8Array[] = [];
  let size = 0;
  const header = Buffer.from(
    JSON.stringify(
      toPlain(data, (array) => {
        const { buffer, byteOffset, byteLength, length } = array;
        const [offset, gap] = [size, aligned(byteLength) - byteLength];
        arrays.push(new Uint8Array(buffer, byteOffset, byteLength), new Uint8Array(gap));
        size = offset + byteLength + gap;
        return [dtypeOf(array), offset, length];
      }),
    ),
  );
  if (size > MAX_UINT32) throw new DataError(`encodeMessage: a message must have less than 4 GiB, got ${size} bytes`);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(header.length, 0);
  prefix.writeUInt32LE(size, 4);
  return [prefix, header, ...arrays];
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** `place` says where the body will hold an array. */
function toPlain(data: unknown, place: (array: NumberArray) => unknown): unknown {
  if (data === null || data === undefined || typeof data === "string" || typeof data === "boolean") return data ?? null;
  if (typeof data === "number") return Number.isFinite(data) ? data : { $number: nameOf(data) };
  if (ArrayBuffer.isView(data)) return { $array: place(asNumberArray(data)) };
  if (Array.isArray(data)) return data.map((entry) => toPlain(entry, place));
  if (typeof data !== "object")
    throw new DataError(`encodeMessage: a message must be plain data, got a ${typeof data}`);
  // Without a prototype, so that __proto__ is a key like others.
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(data)) {
    if (value !== undefined) plain[escape(key)] = toPlain(value, place);
  }
  return plain;
}

function nameOf(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "inf" : "-inf";
}

function escape(key: string): string {
  return key.startsWith("$") ? `$${key}` : key;
}

function asNumberArray(data: ArrayBufferView): NumberArray {
  if (isNumberArray(data)) return data;
  throw new DataError(`encodeMessage: an array must be of ${DTYPES.join(", ")}, got a ${data.constructor.name}`);
}

function isNumberArray(data: unknown): data is NumberArray {
  return DTYPES.some((name) => data instanceof ARRAYS[name]);
}

function dtypeOf(array: NumberArray): DType {
  return DTYPES.find((name) => array instanceof ARRAYS[name]) ?? "uint8";
}

const DTYPES: readonly DType[] = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"];

/** Puts messages together out of the pieces in which they arrive. What it holds is at most twice what has arrived. */
export class MessageReader {
  /** The most bytes that the next messages may have. */
  limits: MessageLimits;
  /** What has arrived of a message, `#length` bytes of it. */
  #pending: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(limits: MessageLimits = LIMITS) {
    this.limits = limits;
  }

  /**
   * The messages that are complete now that `piece` is here.
   * @throws DataError for what is no message, or one beyond the limits; nothing that comes after it can be read.
   */
  *read(piece: Uint8Array): Generator {
    const isContinued = this.#length > 0;
    const bytes = this.#append(piece);
    let at = 0;
    for (let end = this.#endOf(bytes, at); end <= bytes.length; end = this.#endOf(bytes, at)) {
      const body = at + PREFIX_BYTES + bytes.readUInt32LE(at);
      const message = decodeMessage(bytes.subarray(at + PREFIX_BYTES, body), bytes.subarray(body, end));
      at = end;
      yield message;
    }
    if (isContinued) this.#drop(at);
    else this.#hold(bytes.subarray(at));
  }

  /** Where the message that begins at `at` ends: beyond `bytes` where it is not complete. */
  #endOf(bytes: Buffer, at: number): number {
    if (bytes.length < at + PREFIX_BYTES) return Infinity;
    const [header, body] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    const most = this.limits;
    if (header > most.header || body > most.body) {
      throw new DataError(
        `read: a message must have at most ${most.header} and ${most.body} bytes, got ${header} and ${body}`,
      );
    }
    return at + PREFIX_BYTES + header + body;
  }

  /** What is pending with `piece` behind it. */
  #append(piece: Uint8Array): Buffer {
    if (this.#length === 0) return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const length = this.#length + piece.length;
    if (length > this.#pending.length) {
      const larger = Buffer.allocUnsafe(2 * length);
      larger.set(this.#pending.subarray(0, this.#length));
      this.#pending = larger;
    }
    this.#pending.set(piece, this.#length);
    this.#length = length;
    return this.#pending.subarray(0, length);
  }

  /** Begins to hold a message. A copy: the piece may be part of something larger. */
  #hold(rest: Buffer): void {
    this.#length = rest.length;
    if (rest.length > 0) this.#pending = Buffer.from(rest);
  }

  /** Forgets the first `count` bytes of what is pending. */
  #drop(count: number): void {
    if (count === 0) return;
    const rest = this.#pending.subarray(count, this.#length);
    this.#length = rest.length;
    if (this.#pending.length > KEPT_BYTES) this.#pending = Buffer.from(rest);
    else this.#pending.set(rest);
  }
}

/** The bytes of a message's arrays, and how many of them no array has had yet. */
type Body = { readonly bytes: Uint8Array; unread: number };

function decodeMessage(header: Uint8Array, bytes: Uint8Array): unknown {
  try {
    return fromPlain(JSON.parse(Buffer.from(header).toString("utf8")), { bytes, unread: bytes.length });
  } catch (cause) {
    throw cause instanceof DataError ? cause : new DataError("read: the header must be JSON", { cause });
  }
}

/** What `plain` stands for, which JSON.parse has just made and nobody else holds: it is changed in place. */
function fromPlain(plain: unknown, body: Body): unknown {
  if (typeof plain !== "object" || plain === null) return plain;
  if (Array.isArray(plain)) {
    for (const [i, entry] of plain.entries()) if (typeof entry === "object") plain[i] = fromPlain(entry, body);
    return plain;
  }
  if ("$array" in plain) return readArray(plain.$array, body);
  if ("$number" in plain) return readNumber(plain.$number);
  // Not by assignment: the key may be __proto__.
  const entries = Object.entries(plain).map(([key, value]) => [unescape(key), fromPlain(value, body)] as const);
  return Object.fromEntries(entries);
}

function unescape(key: string): string {
  return key.startsWith("$") ? key.slice(1) : key;
}

function readNumber(name: unknown): number {
  if (name === "inf") return Infinity;
  return name === "-inf" ? -Infinity : Number.NaN;
}

/** A copy, so that the array is aligned and does not hold on to the message. */
function readArray(place: unknown, body: Body): NumberArray {
  const [name, offset, length]: unknown[] = Array.isArray(place) ? place : [];
  const dtype = DTYPES.find((known) => known === name);
  if (dtype === undefined || !isCount(offset) || !isCount(length)) {
    throw new DataError(`read: an array must be [dtype, offset, length], got ${JSON.stringify(place)}`);
  }
  const type = ARRAYS[dtype];
  const size = length * type.BYTES_PER_ELEMENT;
  if (offset + size > body.bytes.length)
    throw new DataError(`read: an array must lie within the body of ${body.bytes.length} bytes, got ${offset + size}`);
  // Else a short header could ask for the same bytes over and over.
  body.unread -= size;
  if (body.unread < 0) throw new DataError("read: the arrays of a message must not share bytes");
  return new type(new Uint8Array(body.bytes.subarray(offset, offset + size)).buffer);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
