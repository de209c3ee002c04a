import { isDeepStrictEqual } from "node:util";

import { sizeOf } from "../../core/shape.ts";
import { describe } from "../../env/describe.ts";
import { Box } from "../../env/spaces/box.ts";
import { DictSpace } from "../../env/spaces/dict.ts";
import { Discrete, MultiDiscrete } from "../../env/spaces/discrete.ts";
import type { Space } from "../../env/spaces/space.ts";
import { finding } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { whyOutside } from "./membership.ts";
import { call } from "./run-checks.ts";

/** Values of every kind; most belong to no space. */
const ODD_VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  0.5,
  Number.NaN,
  Infinity,
  2 ** 53,
  "left",
  [],
  [0, 1],
  {},
  new Float32Array(1),
  new Uint8Array(3),
];

const SAMPLES = 10;

/** Spaces by the path where each is found. */
export async function* checkSpaces(spaces: Readonly<Record<string, Space<unknown>>>): AsyncGenerator<Finding> {
  for (const [path, space] of Object.entries(spaces)) yield* checkSpace(space, path);
}

/** A space as it is declared, as it draws, and as it tells members from others. */
async function* checkSpace(space: Space<unknown>, path: string): AsyncGenerator<Finding> {
  const flaws = [...checkDefinition(space, path)];
  yield* flaws;
  if (flaws.some(({ severity }) => severity === "error")) return;
  yield* checkSamples(space, path);
  yield* checkContains(space, path);
}

/** Policies draw actions from a distribution around 0. */
export function* checkActionRange(space: Space<unknown>, path: string): Generator<Finding> {
  if (space instanceof DictSpace) {
    for (const [key, inner] of innerSpaces(space)) yield* checkActionRange(inner, `${path}.${key}`);
  }
  if (!(space instanceof Box) || space.shape.length !== 1) return;
  const { low, high }: Bounds = space;
  const isNormal = low.every((bound, i) => bound >= -1 && Number(high[i]) <= 1 && (bound === 0 || -bound === high[i]));
  if (isNormal || !low.every(Number.isFinite) || !high.every(Number.isFinite)) return;
  yield finding(
    "action-space-not-normalized",
    path,
    `got [${Math.min(...low)}, ${Math.max(...high)}] - see RescaleAction`,
  );
}

type Bounds = { readonly low: NumericArray; readonly high: NumericArray };
type NumericArray = Float64Array | Float32Array | Int32Array | Uint8Array;

function* checkDefinition(space: Space<unknown>, path: string): Generator<Finding> {
  if (space instanceof Box) yield* checkBox(space, path);
  if (space instanceof Discrete && !(space.n > 0)) yield finding("invalid-space", path, `got n = ${space.n}`);
  if (
    space instanceof MultiDiscrete &&
    !(space.nvec.length === sizeOf(space.shape) && space.nvec.every((n) => n > 0))
  ) {
    yield finding("invalid-space", path, `got nvec = [${space.nvec.join(", ")}] of shape [${space.shape}]`);
  }
  if (!(space instanceof DictSpace)) return;
  const inner = innerSpaces(space);
  if (inner.length === 0) yield finding("invalid-space", path, "got no space within");
  for (const [key, part] of inner) yield* checkDefinition(part, `${path}.${key}`);
}

function* checkBox(box: Bounds & { readonly shape: readonly number[] }, path: string): Generator<Finding> {
  const { low, high, shape } = box;
  if (low.length !== sizeOf(shape) || high.length !== low.length) {
    yield finding("invalid-space", path, `got ${low.length} and ${high.length} bounds for the shape [${shape}]`);
    return;
  }
  const swapped = low.findIndex((bound, i) => bound > Number(high[i]));
  if (swapped >= 0) yield finding("invalid-space", path, `got low above high at [${swapped}]`);
  const equal = low.findIndex((bound, i) => bound === high[i]);
  if (equal >= 0) yield finding("box-bounds-equal", path, `got ${low[equal]} for both at [${equal}]`);
  const unbounded = low.findIndex((bound, i) => !Number.isFinite(bound) || !Number.isFinite(high[i]));
  if (unbounded >= 0)
    yield finding("box-unbounded", path, `got [${low[unbounded]}, ${high[unbounded]}] at [${unbounded}]`);
}

async function* checkSamples(space: Space<unknown>, path: string): AsyncGenerator<Finding> {
  const draw = () =>
    call(`${path}.sample`, () => {
      space.seed(1);
      return Array.from({ length: SAMPLES }, () => space.sample());
    });
  const samples = await draw();
  const stray = samples.find((sample) => !space.contains(sample));
  if (stray !== undefined) yield finding("sample-outside-space", path, whyOutside(space, stray)[0]?.text);
  if (!isDeepStrictEqual(samples, await draw())) yield finding("space-not-seeded", path);
}

function* checkContains(space: Space<unknown>, path: string): Generator<Finding> {
  for (const value of ODD_VALUES) {
    const answer = answerOf(space, value);
    if (typeof answer === "boolean") continue;
    yield finding("contains-not-total", `${path}.contains`, `got ${describe(answer)} for ${describe(value)}`);
    return;
  }
}

function answerOf(space: Space<unknown>, value: unknown): unknown {
  try {
    return space.contains(value);
  } catch (error) {
    return error;
  }
}

function innerSpaces(space: { readonly spaces: Readonly<Record<string, Space<unknown>>> }): [string, Space<unknown>][] {
  return Object.entries(space.spaces);
}
