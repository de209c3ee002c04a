import { expect, test } from "vitest";
import { parseFastOptions } from "../../bench/fast/options.ts";
import { expectWords, parseFlags } from "../../bench/run.ts";
import { ConfigError } from "../../src/core/errors.ts";

test("bench:fast takes a difficulty and a number of clips", () => {
  expect(parseFastOptions(["hard"])).toEqual({ difficulty: "hard", clips: 64 });
  expect(parseFastOptions(["easy", "16"])).toEqual({ difficulty: "easy", clips: 16 });
});

test.each([[], ["WRONG"], ["easy", "0"], ["easy", "x"], ["easy", "1.5"], ["easy", "16", "1"], ["easy", "--json"]])(
  "bench:fast refuses %s %s %s before it records",
  (...words) => {
    expect(() => parseFastOptions(words)).toThrow(ConfigError);
    expect(() => parseFastOptions(words)).toThrow(/^bench:fast: /);
  },
);

test("a benchmark refuses options, and words too many", () => {
  expect(() => expectWords("bench:x", ["one", "two"], 2)).not.toThrow();
  expect(() => expectWords("bench:x", ["one", "two"], 1)).toThrow(
    "bench:x: takes no options, and no more words than 1, got two - leave it out",
  );
  expect(() => expectWords("bench:x", ["--json"], 1)).toThrow(/got --json/);
});

test("flags of a benchmark are read, and what is none of them is refused", () => {
  expect(parseFlags("bench:x", ["--players", "7"], ["players", "seeds"])).toEqual({ players: "7" });
  for (const words of [["--coins", "7"], ["seven"], ["--players"]]) {
    expect(() => parseFlags("bench:x", words, ["players"])).toThrow(ConfigError);
    expect(() => parseFlags("bench:x", words, ["players"])).toThrow(/^bench:x: /);
  }
});
