import { z } from "zod";
import { readCheckpointFile, writeFileAtomically } from "./atomic-file.ts";
import { CheckpointError, ShapeError } from "./errors.ts";
import { fromFloat16, toFloat16 } from "./float16.ts";
import type { HostTensor, HostTensors } from "./host-tensor.ts";
import { sizeOf } from "./shape.ts";

/*
 * The safetensors format: uint64 header length, JSON header, tensors without gaps; all little-endian, which is what
 * typed arrays are on every machine that Node's engines for neural networks run on.
 */

/** What a safetensors file holds. */
export type Safetensors = { readonly tensors: HostTensors; readonly metadata: Readonly<Record<string, string>> };

/** How tensors are stored. */
export type SafetensorsOptions = {
  /** Stores float32 as float16 (half the bytes, 11 bits of precision); reading widens it again. Default false. */
  readonly halfPrecision?: boolean;
};

const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 100_000_000;
/** Characters of an error about a file that may have been made to flood a terminal. */
const MAX_PROBLEM = 500;
const METADATA = "__metadata__";
const BYTES_PER_ELEMENT = { F32: 4, I32: 4, F16: 2, BOOL: 1 } as const;

const offset = z.int().nonnegative();
const TensorEntry = z.strictObject({
  dtype: z.enum(["F32", "I32", "F16", "BOOL"]),
  shape: z.array(offset),
  data_offsets: z.tuple([offset, offset]),
});
type TensorEntry = z.infer<typeof TensorEntry>;
type StoredDType = TensorEntry["dtype"];

const Metadata = z.record(z.string(), z.string());

/**
 * A safetensors file as bytes. Equal tensors give equal bytes, whatever their order.
 * @throws ShapeError when data and shape disagree, or a number is too large for half precision.
 * @throws CheckpointError when a name is one that files reserve.
 */
export function encodeSafetensors(
  tensors: HostTensors,
  metadata: Readonly<Record<string, string>> = {},
  { halfPrecision = false }: SafetensorsOptions = {},
): Uint8Array {
  const stored = Object.entries(tensors).map(([name, tensor]) => store(name, tensor, halfPrecision));
  // Wide dtypes first, so that every tensor is aligned for readers that map the file.
  stored.sort((a, b) => BYTES_PER_ELEMENT[b.dtype] - BYTES_PER_ELEMENT[a.dtype] || (a.name < b.name ? -1 : 1));
  const header = encodeHeader(stored, metadata);
  const file = new Uint8Array(header.length + stored.reduce((total, { data }) => total + data.length, 0));
  file.set(header);
  let end = header.length;
  for (const { data } of stored) {
    file.set(data, end);
    end += data.length;
  }
  return file;
}

/**
 * The tensors and metadata of a safetensors file; every tensor is a copy. float16 is widened to float32.
 * `name` says in errors which file it was.
 * @throws CheckpointError when any length, offset, shape, name or value breaks the format; allocates no more than a
 * small multiple of `bytes`.
 */
export function decodeSafetensors(bytes: Uint8Array, name = "safetensors"): Safetensors {
  try {
    const headerBytes = readHeaderLength(bytes);
    const { [METADATA]: metadata = {}, ...entries } = parseHeader(
      bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + headerBytes),
    );
    const data = bytes.subarray(LENGTH_BYTES + headerBytes);
    return { tensors: decodeTensors(entries, data), metadata: Metadata.parse(metadata) };
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new CheckpointError(`${name}: must be a safetensors file, got ${problem.slice(0, MAX_PROBLEM)}`, {
      cause: error,
    });
  }
}

/**
 * Reads a safetensors file; see `decodeSafetensors`.
 * @throws CheckpointError when it is missing or damaged.
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  return decodeSafetensors(await readCheckpointFile(path), path);
}

/** Writes a safetensors file atomically; see `encodeSafetensors`. */
export async function writeSafetensors(
  path: string,
  tensors: HostTensors,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsOptions = {},
): Promise<void> {
  await writeFileAtomically(path, encodeSafetensors(tensors, metadata, options));
}

type StoredTensor = {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
};

function store(name: string, tensor: HostTensor, halfPrecision: boolean): StoredTensor {
  if (name === METADATA || name === "__proto__") {
    throw new CheckpointError(`encodeSafetensors: a tensor must not be named ${name} - rename it`);
  }
  const { shape, data } = tensor;
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(`encodeSafetensors: ${name} must have ${sizeOf(shape)} elements, got ${data.length}`);
  }
  if (tensor.dtype === "float32" && halfPrecision)
    return { name, dtype: "F16", shape, data: storeHalf(name, tensor.data) };
  const dtype = tensor.dtype === "float32" ? "F32" : tensor.dtype === "int32" ? "I32" : "BOOL";
  return { name, dtype, shape, data: bytesOf(data) };
}

function storeHalf(name: string, data: Float32Array): Uint8Array {
  const halves = toFloat16(data);
  const overflow = fromFloat16(halves).findIndex((half, i) => Math.abs(half) === Infinity && Number.isFinite(data[i]));
  if (overflow === -1) return bytesOf(halves);
  throw new ShapeError(
    `encodeSafetensors: ${name} must stay within 65504 for half precision, got ${data[overflow]} - store it in full`,
  );
}

function bytesOf(array: Float32Array | Int32Array | Uint16Array | Uint8Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function encodeHeader(stored: readonly StoredTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let end = 0;
  const entries = stored.map(({ name, dtype, shape, data }) => {
    const begin = end;
    end += data.length;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const named = Object.keys(metadata).length === 0 ? entries : [[METADATA, metadata] as const, ...entries];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries<unknown>(named)));
  const padded = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  const header = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, LENGTH_BYTES);
  return header;
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) throw new CheckpointError(`${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(bytes.length - LENGTH_BYTES, MAX_HEADER_BYTES))) {
    throw new CheckpointError(`a header of ${length} bytes in a file of ${bytes.length}`);
  }
  return Number(length);
}

function parseHeader(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  if (!json.startsWith("{")) throw new CheckpointError("a header that is not a JSON object");
  const header: unknown = JSON.parse(json);
  expectSafeNames(json);
  return z.looseObject({}).parse(header);
}

/** `JSON.parse` keeps the last of two members of one name; another reader may keep the first. */
function expectSafeNames(json: string): void {
  const scopes: Set<string>[] = [];
  let text = "";
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}:]/g)) {
    if (token === "{") scopes.push(new Set());
    else if (token === "}") scopes.pop();
    else if (token !== ":") text = token;
    else expectNewName(scopes.at(-1), String(JSON.parse(text)));
  }
}

function expectNewName(scope: Set<string> | undefined, name: string): void {
  if (name === "__proto__" || scope?.has(name)) throw new CheckpointError(`the name ${name} twice, or reserved`);
  scope?.add(name);
}

function decodeTensors(entries: Readonly<Record<string, unknown>>, data: Uint8Array): HostTensors {
  const parsed = Object.entries(entries).map(([name, entry]) => ({ name, entry: parseEntry(name, entry) }));
  expectNoGaps(
    parsed.map(({ entry }) => entry.data_offsets),
    data.length,
  );
  return Object.fromEntries(parsed.map(({ name, entry }) => [name, decodeTensor(name, entry, data)]));
}

function parseEntry(name: string, value: unknown): TensorEntry {
  const { success, data: entry, error } = TensorEntry.safeParse(value);
  if (!success) throw new CheckpointError(`tensor ${name}: ${z.prettifyError(error)}`);
  const [begin, end] = entry.data_offsets;
  if (sizeOf(entry.shape) * BYTES_PER_ELEMENT[entry.dtype] === end - begin) return entry;
  throw new CheckpointError(`${end - begin} bytes for ${name}, ${entry.dtype} [${entry.shape.join(", ")}]`);
}

function expectNoGaps(ranges: readonly (readonly [begin: number, end: number])[], length: number): void {
  let covered = 0;
  for (const [begin, end] of ranges.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (begin !== covered)
      throw new CheckpointError(`a tensor at byte ${begin} where the last one ended at ${covered}`);
    covered = end;
  }
  if (covered !== length) throw new CheckpointError(`${length} bytes of data where the header names ${covered}`);
}

function decodeTensor(name: string, { dtype, shape, data_offsets }: TensorEntry, data: Uint8Array): HostTensor {
  // A fresh buffer is aligned for every dtype.
  const copy = new Uint8Array(data.subarray(...data_offsets));
  if (dtype === "F32") return { dtype: "float32", shape, data: new Float32Array(copy.buffer) };
  if (dtype === "I32") return { dtype: "int32", shape, data: new Int32Array(copy.buffer) };
  if (dtype === "F16") return { dtype: "float32", shape, data: fromFloat16(new Uint16Array(copy.buffer)) };
  if (copy.some((byte) => byte > 1)) throw new CheckpointError(`a byte other than 0 and 1 in ${name}, BOOL`);
  return { dtype: "bool", shape, data: copy };
}
