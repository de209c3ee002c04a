import { expect, it } from "vitest";
import { fromFloat16, toFloat16 } from "../../src/core/float16.ts";

const everyHalf = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
const isNaNPattern = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;

it("knows the values of IEEE 754", () => {
  const halves = Uint16Array.of(0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x3555);
  const values = [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -2, 65_504, Infinity, -Infinity, 0.333251953125];
  expect([...fromFloat16(halves)]).toEqual(values);
  expect(toFloat16(Float32Array.from(values))).toEqual(halves);
});

it("returns every half that is a number unchanged, and keeps NaN a NaN", () => {
  const back = toFloat16(fromFloat16(everyHalf));
  const changed = everyHalf.filter((bits, i) => (isNaNPattern(bits) ? !isNaNPattern(back[i] ?? 0) : back[i] !== bits));
  expect([...changed]).toEqual([]);
});

it("rounds to the nearest half, and ties to the even one", () => {
  const finite = everyHalf.filter((bits) => bits < 0x7bff);
  const values = fromFloat16(finite);
  const wrong = [...finite].filter((bits, i) => {
    const below = values[i] ?? 0;
    const step = fromFloat16(Uint16Array.of(bits + 1)).reduce((sum, next) => sum + next, -below);
    const [tie, less, more] = toFloat16(Float32Array.of(below + step / 2, below + step * 0.499, below + step * 0.501));
    return tie !== bits + (bits & 1) || less !== bits || more !== bits + 1;
  });
  expect(wrong).toEqual([]);
});

it("overflows to infinity from 65520 on", () => {
  expect([...toFloat16(Float32Array.of(65_519.99, 65_520, 3e38, -1e9))]).toEqual([0x7bff, 0x7c00, 0x7c00, 0xfc00]);
});
