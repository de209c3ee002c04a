import { describe, expect, test } from "vitest";

import { ConfigError, ShapeError } from "../../src/core/errors.ts";
import type { Space } from "../../src/env/index.ts";
import { Box, Discrete, MultiBinary, MultiDiscrete, spacesEqual, Text } from "../../src/env/index.ts";
import { callUntyped, draws, SPACES, stream } from "./spaces-cases.ts";

const STRANGERS: readonly unknown[] = [
  null,
  undefined,
  true,
  "",
  "x?",
  Number.NaN,
  -7,
  1.5,
  2 ** 60,
  10n,
  Symbol("s"),
  () => 1,
  {},
  Object.create(null),
  [],
  [1, 2, 3],
  [0, null],
  new Float32Array(19),
  new Float64Array(2).fill(Number.NaN),
  new DataView(new ArrayBuffer(8)),
  { nodes: [], edges: null, edgeLinks: null },
];

/** The few strangers that some spaces hold by right. */
const MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  "Text(3, minLength 0)": (value) => value === "",
  Sequence: (value) => Array.isArray(value) && !value.includes(null),
  "Sequence, stacked": (value) => value instanceof Float32Array,
  "Sequence of Sequences": (value) => Array.isArray(value) && value.length === 0,
};

describe.each(SPACES)("%s", (name, make) => {
  test("SP-01 a sample is contained", () => {
    const space = make();
    for (let i = 0; i < 10; i++) expect(space.contains(space.sample())).toBe(true);
  });

  test("SP-01 contains answers for the samples of any other space, and for anything else", () => {
    const space = make();
    for (const [, other] of SPACES) expect(typeof space.contains(other().sample())).toBe("boolean");
    const isMember = MEMBERS[name] ?? (() => false);
    for (const value of STRANGERS) expect(space.contains(value)).toBe(isMember(value));
  });

  test("SP-02 equal seeds draw equal samples, other seeds others", () => {
    for (let seed = 0; seed < 5; seed++) {
      expect(draws(make(), seed)).toEqual(draws(make(), seed));
      expect(make().seed(seed)).toEqual(make().seed(seed));
    }
    expect(draws(make(), 1)).not.toEqual(draws(make(), 2));
  });

  test("SP-03 the seed that is returned draws the same again", () => {
    const space = make();
    for (const seed of [space.seed(5), space.seed()]) {
      space.seed(seed);
      const first = [space.sample(), space.sample()];
      expect(space.seed(seed)).toEqual(seed);
      expect([space.sample(), space.sample()]).toEqual(first);
    }
  });

  test("SP-04 a seed that is no number is refused, and changes nothing", () => {
    const [space, other] = [make(), make()];
    for (const seed of ["12", -1, 1.5, Number.NaN, null, [1, "2"], { a: -1 }]) {
      expect(() => callUntyped(space, "seed", seed)).toThrow(ConfigError);
    }
    expect(space.sample()).toEqual(other.sample());
  });

  test("SP-05 values go through JSON and back", () => {
    const space = make();
    for (const value of draws(space, 3, 2)) {
      const json: unknown = JSON.parse(JSON.stringify(space.valueToJSON(value)));
      expect(space.valueFromJSON(json)).toEqual(value);
    }
  });

  test("SP-05 JSON of no value is refused", () => {
    for (const json of [null, {}, { nodes: 1 }, "?!", [[["x"]]], [1e300, {}], [[9, "0"]]]) {
      expect(() => make().valueFromJSON(json)).toThrow(ShapeError);
    }
  });

  test("SP-06 a space equals itself and its copy, and none of the others", () => {
    expect(spacesEqual(make(), make())).toBe(true);
    const space = make();
    space.seed(7);
    expect(spacesEqual(space, space.copy())).toBe(true);
    expect(space.copy().sample()).toEqual(space.sample());
    for (const [other, makeOther] of SPACES) expect(spacesEqual(space, makeOther())).toBe(other === name);
  });

  test("SP-06 a space reads as text", () => {
    expect(String(make())).toMatch(/^[A-Z][A-Za-z]+\(.+\)$/);
  });

  test("a sample is memory of its own", () => {
    const space = make();
    const first = space.sample();
    const before = structuredClone(first);
    space.sample();
    expect(first).toEqual(before);
  });
});

test("SP-04 a stream that is handed over is used by reference", () => {
  const makers: readonly ((rng: ReturnType<typeof stream>) => Space<unknown>)[] = [
    (rng) => new Discrete(1000, { rng }),
    (rng) => new Box({ low: 0, high: 1, dtype: "float64", rng }),
    (rng) => new MultiDiscrete([1000, 1000], { rng }),
    (rng) => new MultiBinary(40, { rng }),
    (rng) => new Text(20, { rng }),
  ];
  for (const make of makers) {
    const rng = stream();
    const space = make(rng);
    expect(space.rng).toBe(rng);
    rng.uniform();
    const other = stream();
    other.uniform();
    expect(space.sample()).toEqual(make(other).sample());
  }
});

test("SP-06 spaces of one type differ by each of their settings", () => {
  const spaces = [
    new Discrete(3),
    new Discrete(4),
    new Discrete(3, { start: 1 }),
    new MultiDiscrete([3, 4]),
    new MultiDiscrete([3, 4], { start: [0, 1] }),
    new MultiDiscrete([3, 4], { shape: [2, 1] }),
    new Text(3),
    new Text(3, { minLength: 2 }),
    new Text(3, { charset: "ab" }),
    new Text(3, { charset: "ba" }),
  ];
  for (const a of spaces) for (const b of spaces) expect(spacesEqual(a, b)).toBe(a === b);
});
