/** `toFixed`, which keeps the sign of what it rounds to nothing, without that sign. */
export function fixed(value: number, digits: number): string {
  const shown = value.toFixed(digits);
  return Number(shown) === 0 ? shown.replace("-", "") : shown;
}
