/**
 * In what numbers the products with constant weights are computed: float32, or 8-bit integers, an approximation that CPUs
 * compute several times as fast.
 */
export const PRECISIONS = ["float32", "int8"] as const;
export type Precision = (typeof PRECISIONS)[number];
