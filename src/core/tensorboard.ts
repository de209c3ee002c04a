import protobuf from "protobufjs";

/*
 * The part of TensorFlow's event.proto and summary.proto that scalars need. Field numbers are TensorFlow's own.
 * https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto
 */
const SCHEMA = `
syntax = "proto3";
message Event {
  double wall_time = 1; int64 step = 2; oneof what { string file_version = 3; Summary summary = 5; }
}
message Summary {
  message Value { string tag = 1; float simple_value = 2; }
  repeated Value value = 1;
}
`;

const EventMessage = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType("Event");

/** The record that opens a TensorBoard event file. wallTime: seconds since 1970. */
export function encodeVersionEvent(wallTime: number): Uint8Array {
  return frameRecord(encodeEvent({ wall_time: wallTime, step: 0, file_version: "brain.Event:2" }));
}

/** The record of the scalars of one step, stored as float32. wallTime: seconds since 1970. */
export function encodeScalarsEvent(
  wallTime: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): Uint8Array {
  const value = Object.entries(scalars).map(([tag, simple_value]) => ({ tag, simple_value }));
  return frameRecord(encodeEvent({ wall_time: wallTime, step, summary: { value } }));
}

function encodeEvent(event: Readonly<Record<string, unknown>>): Uint8Array {
  return EventMessage.encode(EventMessage.create(event)).finish();
}

/** A TFRecord: uint64 length, its checksum, the data, its checksum; little-endian. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + data.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}

const CASTAGNOLI_REVERSED = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;

const CRC_OF_BYTE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? CASTAGNOLI_REVERSED : 0);
  return crc;
});

/** CRC-32C (Castagnoli) of `data`, an unsigned 32-bit integer. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (CRC_OF_BYTE[(crc ^ byte) & 255] ?? 0);
  return ~crc >>> 0;
}

/** TFRecord's masking: a checksum over data that itself contains checksums would be weak. */
function maskedCrc32c(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
