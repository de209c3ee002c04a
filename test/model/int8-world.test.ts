import { afterAll, expect, test } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { GenieEnv } from "../../src/env/index.ts";
import { loadWorld } from "../../src/model/load-world.ts";
import { rollOut, tokensInCommon } from "../engines/roll-out.ts";

/*
 * The bundled world with products in 8-bit integers. Sizes of a real model, since products of tiny ones stay in floats.
 */
const open = (precision: "float32" | "int8") =>
  loadWorld("platformer", { engine: onnxEngine({ threads: 1, precision }), heads: false });
const [exact, fast] = [await open("float32"), await open("int8")];
const [first, second] = exact.prompts ?? [];
if (!first || !second) throw new Error("the world must have two prompts");
const prompts = [first, second];

afterAll(() => {
  for (const world of [exact, fast]) world.close();
});

test("the world in int8 chooses nearly the same tokens, and paints equal ones alike", async () => {
  const [want, got] = [await rollOut(exact, [0, 1], prompts, 4), await rollOut(fast, [0, 1], prompts, 4)];
  const share = tokensInCommon(got, want);
  expect(share).toBeGreaterThan(0.9);
  expect(share).toBeLessThanOrEqual(1);
  expect(await fast.tokenize(first)).toEqual(await exact.tokenize(first));
  expect((await fast.reconstruct(first)).data).toEqual((await exact.reconstruct(first)).data);
});

test("what a row of the batch shows does not depend on its batch mates in int8 either", async () => {
  const [together, alone] = [await rollOut(fast, [0, 1], prompts, 3), await rollOut(fast, [0], [first], 3)];
  expect(together[0]?.tokens).toEqual(alone[0]?.tokens);
  expect(together[0]?.entropy).toEqual(alone[0]?.entropy);
});

test("GenieEnv.load takes a precision and a way of sampling, and refuses what it does not know", async () => {
  await using env = await GenieEnv.load("platformer", {
    precision: "int8",
    sampling: { steps: 2 },
    observation: "tokens",
  });
  await env.reset({ seed: 1 });
  expect((await env.step(0))[0]).toHaveLength(exact.tokensPerFrame);
  const wrong = [
    [{ precision: "int3" }, /precision: must be one of float32, int8, got int3/],
    [{ precision: "int8", engine: "cpu" }, /precision: int8 needs the engine onnx, got cpu/],
    [{ sampling: { steps: 0 } }, /steps/],
    [{ sampling: { stairs: 2 } }, /stairs/],
  ] as const;
  for (const [options, message] of wrong) {
    const error: unknown = await GenieEnv.load("platformer", options as object).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toMatch(message);
  }
  const engine = onnxEngine();
  await expect(loadWorld("platformer", { engine, precision: "int8" })).rejects.toThrow(
    /precision is for engines by name/,
  );
});
