import type { Space } from "../../src/env/index.ts";
import {
  DictSpace,
  Discrete,
  Graph,
  MultiBinary,
  MultiDiscrete,
  OneOf,
  Sequence,
  Text,
  TupleSpace,
} from "../../src/env/index.ts";
import { box, broken, withFaults } from "./faults.ts";
import type { Case } from "./faults.ts";
import { SpaceEnv } from "./space-env.ts";

let count = 0;

/** Every kind of space that is made of others, around one of them, and where that is then found. */
const WITHIN: readonly (readonly [at: string, around: (part: Discrete) => Space<unknown>])[] = [
  [".a", (part) => new DictSpace({ a: part })],
  ["[1]", (part) => new TupleSpace([new Discrete(2), part])],
  ["[1]", (part) => new OneOf([new Discrete(2), part])],
  [".space", (part) => new Sequence(part)],
  [".nodeSpace", (part) => new Graph(part)],
  [".edgeSpace", (part) => new Graph(new Discrete(2), part)],
];

/** Spaces that are none, or not what they say. */
export const SPACES: readonly Case[] = (["observationSpace", "actionSpace"] as const).flatMap((path) => {
  const having = (space: Space<unknown>) => () => new SpaceEnv({ [path]: space });
  return [
    [`${path} is no space`, "not-a-space", path, broken({ [path]: "Discrete(2)" })],
    [`${path} has bounds that are equal`, "box-bounds-equal", path, having(box(0, [1, 0]))],
    [
      `${path} has low bounds of another shape`,
      "invalid-space",
      path,
      having(withFaults(box(0, 1), { low: new Float32Array(3) })),
    ],
    [
      `${path} has high bounds of another shape`,
      "invalid-space",
      path,
      having(withFaults(box(0, 1), { high: new Float32Array(3) })),
    ],
    [
      `${path} has low above high`,
      "invalid-space",
      path,
      having(withFaults(box(0, 1), { low: Float32Array.of(2, 0) })),
    ],
    [`${path} has no choice`, "invalid-space", path, having(withFaults(new Discrete(1), { n: 0 }))],
    [
      `${path} has no choice in one place`,
      "invalid-space",
      path,
      having(withFaults(new MultiDiscrete([2, 2]), { nvec: Int32Array.of(2, 0) })),
    ],
    [
      `${path} has choices of another shape`,
      "invalid-space",
      path,
      having(withFaults(new MultiDiscrete([2, 2]), { nvec: Int32Array.of(2) })),
    ],
    [
      `${path} is a record of nothing`,
      "invalid-space",
      path,
      having(withFaults(new DictSpace({ a: new Discrete(2) }), { spaces: {} })),
    ],
    [`${path} has a size of 0`, "invalid-space", path, having(withFaults(new MultiBinary(2), { shape: [2, 0] }))],
    [`${path} has no character`, "invalid-space", path, having(withFaults(new Text(2), { charset: "" }))],
    [`${path} has lengths in no order`, "invalid-space", path, having(withFaults(new Text(2), { minLength: 3 }))],
    [
      `${path} is a list of nothing`,
      "invalid-space",
      path,
      having(withFaults(new TupleSpace([new Discrete(2)]), { spaces: [] })),
    ],
    ...WITHIN.map(
      ([at, around]) =>
        [
          `${path} has a part without a choice at ${at}`,
          "invalid-space",
          `${path}${at}`,
          having(around(withFaults(new Discrete(1), { n: 0 }))),
        ] as const,
    ),
    [
      `${path} does not hold its samples`,
      "sample-outside-space",
      path,
      having(withFaults(new Discrete(2), { sample: () => 2 })),
    ],
    [
      `${path} is not seeded`,
      "space-not-seeded",
      path,
      having(withFaults(new Discrete(2), { sample: () => ((count += 1) % 3) % 2 })),
    ],
    [`${path} throws at strange values`, "contains-not-total", `${path}.contains`, having(throwing())],
  ] as const;
});

/** A space that looks into values without looking whether there are any. */
function throwing(): Discrete {
  const space = new Discrete(2);
  const contains = space.contains.bind(space);
  return withFaults(space, {
    contains: (value: object) => (value === null ? Object.keys(value).length > 0 : contains(value)),
  });
}
