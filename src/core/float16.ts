const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

const INFINITY_BITS = 0x7c00;
const NAN_BITS = 0x7e00;
const SMALLEST_NORMAL = 2 ** -14;

/** IEEE 754 binary16 bit patterns of `values`, rounded to nearest even; magnitudes from 65520 on become infinite. */
export function toFloat16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i += 1) halves[i] = halfBits(values[i] ?? 0);
  return halves;
}

/** The float32 values of IEEE 754 binary16 bit patterns, exact. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i += 1) values[i] = halfValue(halves[i] ?? 0);
  return values;
}

function halfBits(value: number): number {
  if (Number.isNaN(value)) return NAN_BITS;
  const sign = bitsOf(value) >>> 31 === 1 ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  return sign | (magnitude < SMALLEST_NORMAL ? subnormalBits(magnitude) : normalBits(magnitude));
}

/** Adding 1/2 makes float32's own rounding keep multiples of 2^-24, the step of subnormal halves. */
function subnormalBits(magnitude: number): number {
  return bitsOf(magnitude + 0.5) - bitsOf(0.5);
}

function normalBits(magnitude: number): number {
  const rebiased = bitsOf(magnitude) - ((127 - 15) << 23);
  const tiesToEven = 0xfff + ((rebiased >>> 13) & 1);
  return Math.min((rebiased + tiesToEven) >>> 13, INFINITY_BITS);
}

function bitsOf(value: number): number {
  floats[0] = value;
  return words[0] ?? 0;
}

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
