import { z } from "zod";

import { ConfigError, GenieError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import { ARRAYS, fromNested } from "./arrays.ts";
import type { Nested, NumericType } from "./arrays.ts";
import { Box } from "./box.ts";
import { DictSpace } from "./dict.ts";
import { Discrete } from "./discrete.ts";
import { Graph } from "./graph.ts";
import { MultiBinary } from "./multi-binary.ts";
import { MultiDiscrete } from "./multi-discrete.ts";
import { OneOf } from "./one-of.ts";
import { Sequence } from "./sequence.ts";
import { Space } from "./space.ts";
import { SpaceJson } from "./space-json.ts";
import { Text } from "./text.ts";
import { TupleSpace } from "./tuple.ts";

/**
 * Reads and writes spaces as JSON: `decode` makes a space, `encode` its JSON. `z.toJSONSchema(spaceCodec, { io: "input" })`
 * is the form of that JSON.
 */
export const spaceCodec: z.ZodCodec<typeof SpaceJson, z.ZodType<Space<unknown>, Space<unknown>>> = z.codec(
  SpaceJson,
  z.custom<Space<unknown>>((value) => value instanceof Space, "must be a space"),
  {
    decode: (json, context) => {
      try {
        return build(json);
      } catch (error) {
        if (!(error instanceof GenieError)) throw error;
        context.issues.push({ code: "custom", message: error.message, input: json });
        return z.NEVER;
      }
    },
    encode: (space) => space.toJSON(),
  },
);

/**
 * The space that was written as `json`, by us or by Minari, with a random stream of seed 0.
 * @throws ConfigError for JSON of another form, dtypes without a typed array (int64, bool) and ranges that are none.
 */
export function spaceFromJSON(json: unknown): Space<unknown> {
  return parseOptions(spaceCodec, json, "spaceFromJSON");
}

function build(json: SpaceJson): Space<unknown> {
  switch (json.type) {
    case "Box":
      return new Box({ low: json.low, high: json.high, shape: json.shape, dtype: expectDtype(json.dtype) });
    case "Discrete":
      return new Discrete(json.n, { start: json.start });
    case "MultiDiscrete":
      return buildMultiDiscrete(json.nvec, json.start);
    case "MultiBinary":
      return new MultiBinary(json.n);
    case "Text":
      return new Text(json.max_length, { minLength: json.min_length, charset: json.charset });
    case "Dict":
      return new DictSpace<Record<string, unknown>>(
        Object.entries(json.subspaces).map(([key, inner]) => [key, build(inner)] as const),
      );
    case "Tuple":
      return new TupleSpace(json.subspaces.map(build));
    case "Sequence":
      return new Sequence<unknown, boolean>(build(json.subspace), { stack: json.stack });
    case "Graph":
      return new Graph(build(json.node_space), json.edge_space && build(json.edge_space));
    case "OneOf":
      return new OneOf(json.subspaces.map(build));
    default:
      return json satisfies never;
  }
}

function buildMultiDiscrete(nvec: Nested, start: Nested): MultiDiscrete {
  const [sizes, starts] = [fromNested(nvec), fromNested(start)];
  if (sizes !== null && starts !== null && String(sizes.shape) === String(starts.shape)) {
    return new MultiDiscrete(sizes.values, { start: starts.values, shape: sizes.shape });
  }
  throw new ConfigError("MultiDiscrete: nvec and start must be lists of one shape, got a ragged list or two shapes");
}

function expectDtype(dtype: string): NumericType {
  if (isNumericType(dtype)) return dtype;
  throw new ConfigError(`Box: dtype must be one of ${Object.keys(ARRAYS).join(", ")}, got ${dtype}`);
}

function isNumericType(dtype: string): dtype is NumericType {
  return Object.hasOwn(ARRAYS, dtype);
}
