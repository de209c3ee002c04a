import { isDeepStrictEqual } from "node:util";

import { sizeOf } from "../../core/shape.ts";
import { describe } from "../../env/describe.ts";
import type { NumericArray } from "../../env/spaces/arrays.ts";
import { Box } from "../../env/spaces/box.ts";
import { DictSpace } from "../../env/spaces/dict.ts";
import { Discrete, MultiDiscrete } from "../../env/spaces/discrete.ts";
import { Graph } from "../../env/spaces/graph.ts";
import { MultiBinary } from "../../env/spaces/multi-binary.ts";
import { OneOf } from "../../env/spaces/one-of.ts";
import { Sequence } from "../../env/spaces/sequence.ts";
import type { Space } from "../../env/spaces/space.ts";
import { Text } from "../../env/spaces/text.ts";
import { TupleSpace } from "../../env/spaces/tuple.ts";
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
  for (const [at, part] of partsOf(space)) yield* checkActionRange(part, `${path}${at}`);
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

type Bounds = { readonly low: NumericArray; readonly high: NumericArray; readonly shape: readonly number[] };

function* checkDefinition(space: Space<unknown>, path: string): Generator<Finding> {
  const flaw = flawOf(space);
  if (flaw !== null) yield finding("invalid-space", path, `got ${flaw}`);
  else if (space instanceof Box) yield* checkRoom(space, path);
  for (const [at, part] of partsOf(space)) yield* checkDefinition(part, `${path}${at}`);
}

/** Why a space can have no members; null where it can. Its parts are looked at on their own. */
function flawOf(space: Space<unknown>): string | null {
  if (space instanceof Box) return flawOfBox(space);
  if (space instanceof Discrete) return space.n > 0 ? null : `n = ${space.n}`;
  if (space instanceof MultiDiscrete) {
    const { nvec, shape } = space;
    const isSound = nvec.length === sizeOf(shape) && nvec.every((n) => n > 0);
    return isSound ? null : `nvec = [${nvec.join(", ")}] of shape [${shape}]`;
  }
  if (space instanceof MultiBinary) return space.shape.every((size) => size > 0) ? null : `the shape [${space.shape}]`;
  if (space instanceof Text) {
    const { minLength, maxLength, charset } = space;
    const isSound = minLength >= 0 && minLength <= maxLength && charset !== "";
    return isSound ? null : `lengths from ${minLength} to ${maxLength} of "${charset}"`;
  }
  const isMadeOfParts = space instanceof DictSpace || space instanceof TupleSpace || space instanceof OneOf;
  return isMadeOfParts && partsOf(space).length === 0 ? "no space within" : null;
}

function flawOfBox({ low, high, shape }: Bounds): string | null {
  if (low.length !== sizeOf(shape) || high.length !== low.length) {
    return `${low.length} and ${high.length} bounds for the shape [${shape}]`;
  }
  const swapped = low.findIndex((bound, i) => bound > Number(high[i]));
  return swapped >= 0 ? `low above high at [${swapped}]` : null;
}

function* checkRoom({ low, high }: Bounds, path: string): Generator<Finding> {
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

/** The spaces that a space is made of, and where each is within it. */
function partsOf(space: Space<unknown>): readonly (readonly [at: string, part: Space<unknown>])[] {
  if (space instanceof DictSpace) {
    const spaces: Readonly<Record<string, Space<unknown>>> = space.spaces;
    return Object.entries(spaces).map(([key, part]) => [`.${key}`, part]);
  }
  if (space instanceof TupleSpace || space instanceof OneOf) {
    const spaces: readonly Space<unknown>[] = space.spaces;
    return spaces.map((part, i) => [`[${i}]`, part]);
  }
  if (space instanceof Sequence) return [[".space", space.space]];
  if (!(space instanceof Graph)) return [];
  const { nodeSpace, edgeSpace } = space;
  return edgeSpace === null
    ? [[".nodeSpace", nodeSpace]]
    : [
        [".nodeSpace", nodeSpace],
        [".edgeSpace", edgeSpace],
      ];
}
