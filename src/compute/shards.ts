/** In how many equal parts a batch of `rows` is computed side by side where `most` can be: the largest divisor up to that. */
export function shardsOf(rows: number, most: number): number {
  return Array.from({ length: Math.min(rows, most) }, (_, i) => i + 1).findLast((n) => rows % n === 0) ?? 1;
}
