import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/compute/engine.ts";
import { param } from "../../src/nn/params.ts";
import { gap, noise, pick } from "../model/tiny-genie.ts";
import { cpuEngine, engineNamed, WEBGPU_PRODUCTS } from "./engine-named.ts";
import { OTHERS } from "./worlds.ts";

/*
 * engineNamed chooses how the tests' worlds multiply on WebGPU; here tfjs chooses, by the shapes, as it does for users.
 */
const [B, M, N, K] = [2, 4, 8, 16];

describe.runIf(OTHERS.includes("webgpu"))("webgpu", () => {
  let webgpu: Engine;
  beforeAll(async () => void (webgpu = await engineNamed("webgpu")));

  test.each([
    ["few numbers", M],
    ["more of them", 64],
  ])("multiplies %s as the CPU does, whichever factor is transposed", async (_, rows) => {
    const inputs = { a: noise([B, rows, K], 1, -1, 1), b: noise([B, K, N], 2, -1, 1) };
    const products = async (on: Engine) => {
      const executable = await on.prepare(
        (given) => {
          const [a, b] = [param(given, "a"), param(given, "b")];
          const [turnedA, turnedB] = [tf.transpose(a, [0, 2, 1]), tf.transpose(b, [0, 2, 1])];
          return {
            plain: tf.matMul(a, b),
            first: tf.matMul(turnedA, b, true),
            second: tf.matMul(a, turnedB, false, true),
            both: tf.matMul(turnedA, turnedB, true, true),
          };
        },
        { name: "products", inputs },
      );
      const outputs = await executable.run(inputs);
      executable.close();
      return outputs;
    };
    const want = await products(cpuEngine());
    const chosen = tf.env().get(WEBGPU_PRODUCTS);
    tf.env().set(WEBGPU_PRODUCTS, -1);
    const got = await products(webgpu);
    tf.env().set(WEBGPU_PRODUCTS, chosen);
    for (const [name, { data }] of Object.entries(want)) expect(gap(pick(got, name).data, data)).toBeLessThan(1e-5);
  });
});
