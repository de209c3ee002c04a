import { expect, test } from "vitest";
import { z } from "zod";
import { ConfigError } from "../../src/core/errors.ts";
import { parseOptions } from "../../src/core/options.ts";

const Options = z.strictObject({
  numEnvs: z.int().positive().default(1),
  mode: z.enum(["one", "two"]).default("one"),
  size: z.strictObject({ width: z.number() }).optional(),
  name: z.string().max(3, "a name must be short").optional(),
});
const parse = (options: unknown) => parseOptions(Options, options, "Thing");

test("defaults are filled in", () => {
  expect(parse({})).toEqual({ numEnvs: 1, mode: "one" });
});

test.each([
  [{ numEnvs: 0 }, /^Thing: .*>0, got 0\n.*at numEnvs/],
  [{ numEnvs: 2.5 }, /expected int, received number, got 2.5/],
  [{ numEnvs: "8" }, /expected number, received string, got "8"/],
  [{ mode: "three" }, /expected one of "one"\|"two", got "three"/],
  [{ mode: "x".repeat(999) }, /got "x{79}…\n/],
  [{ numEnvs: Number.NaN }, /received NaN\n/],
  [{ size: {} }, /expected number, received undefined\n.*at size.width/],
  [{ size: [] }, /expected object, received array\n/],
  [{ name: "long" }, /a name must be short\n/],
  [{ numEnv: 1 }, /Unrecognized key: "numEnv".*\n.*did you mean numEnvs/],
])("%j is refused with the rule, and with what was got", (options, message) => {
  expect(() => parse(options)).toThrow(ConfigError);
  expect(() => parse(options)).toThrow(message);
});
