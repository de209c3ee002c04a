import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { selectBackend } from "../../src/compute/backend.ts";
import { float32, int32, type HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { drawTokens, MaskGITConfig, maskSchedule, sampleMaskGIT, type TakeTokens } from "../../src/model/maskgit.ts";
import { param } from "../../src/nn/params.ts";
import { constant } from "../../src/nn/temporal-context.ts";
import { engine, gap, noise, pick } from "./tiny-genie.ts";

beforeAll(() => selectBackend({ backend: "cpu" }));

const [B, N, K, D] = [3, 10, 12, 6];
const weights = { table: noise([K + 1, D], 1, -2, 2), head: noise([2 * D, K], 2, -1, 1) };

/** A model whose token sees itself and its left neighbour, so that what a step reveals changes the next one. */
function hiddenOf(tokens_BN: tf.Tensor): tf.Tensor {
  const own = tf.gather(constant(weights.table), tokens_BN);
  const left = tf.concat([tf.slice(own, [0, N - 1, 0], [B, 1, D]), tf.slice(own, [0, 0, 0], [B, N - 1, D])], 1);
  return tf.concat([own, left], 2);
}

function logitsOf(tokens_BN: tf.Tensor, take: TakeTokens): tf.Tensor {
  return tf.matMul(take(hiddenOf(tokens_BN)), constant(weights.head));
}

/** MaskGIT as the paper tells it: logits of all tokens in every step, then the surest of the masked ones stay. */
function samplePlainly(config: MaskGITConfig, uniforms: Float32Array): number[] {
  const tokens = new Array<number>(B * N).fill(K);
  const rowOf = (step: number, b: number) => uniforms.subarray((b * (config.steps + 1) + step) * N).subarray(0, N);
  for (const [step, stillMasked] of maskSchedule(config.steps, N).entries()) {
    const logits = logitsOf(tf.tensor2d(tokens, [B, N], "int32"), (hidden) => tf.reshape(hidden, [B * N, 2 * D]));
    const drawn = Array.from({ length: B }, (_, b) => [...rowOf(step, b)]).flat();
    const draw = drawTokens(logits, tf.tensor1d(drawn), config.temperature);
    const [chosen, sureness] = [draw.tokens.dataSync(), draw.probability.dataSync()];
    for (let b = 0; b < B; b++) {
      const order = rowOf(config.steps, b);
      const score = (n: number) => (config.unmask === "random" ? (order[n] ?? 0) : (sureness[b * N + n] ?? 0));
      const masked = Array.from({ length: N }, (_, n) => n).filter((n) => tokens[b * N + n] === K);
      const best = masked.toSorted((m, n) => score(n) - score(m) || m - n).slice(0, masked.length - stillMasked);
      for (const n of best) tokens[b * N + n] = chosen[b * N + n] ?? K;
    }
  }
  return tokens;
}

describe.each(["confidence", "random"] as const)("unmasking by %s", (unmask) => {
  test.each([0, 0.5, 1])("logits of the masked tokens alone give the tokens of logits of all, temperature %f", (t) => {
    const config = MaskGITConfig.parse({ steps: 4, temperature: t, unmask });
    for (let seed = 0; seed < 8; seed++) {
      const uniforms = new Rng(seed).uniforms(B * (config.steps + 1) * N);
      const given = tf.tensor3d(uniforms, [B, config.steps + 1, N]);
      const frame = sampleMaskGIT(config, K, given, logitsOf);
      expect([...frame.tokens_BN.dataSync()]).toEqual(samplePlainly(config, uniforms));
    }
  });
});

test("the compiled sampler gives the eager one's tokens, also where there are more steps than tokens", async () => {
  for (const steps of [3, N + 3]) {
    const config = MaskGITConfig.parse({ steps });
    const data = new Rng("uniforms").uniforms(B * (steps + 1) * N);
    const inputs: HostTensors = { uniforms: float32(data, [B, steps + 1, N]) };
    const sample = (uniforms: tf.Tensor) => sampleMaskGIT(config, K, uniforms as tf.Tensor3D, logitsOf);
    const executable = await engine.prepare(
      (tensors) => {
        const { tokens_BN, confidence_B, entropy_B } = sample(param(tensors, "uniforms"));
        return { tokens: tokens_BN, confidence: confidence_B, entropy: entropy_B };
      },
      { name: "sample", inputs: { uniforms: { shape: [B, steps + 1, N], dtype: "float32" } } },
    );
    const compiled = await executable.run(inputs);
    executable.close();
    await selectBackend({ backend: "cpu" });
    const eager = sample(constant(pick(inputs, "uniforms")));
    expect([...pick(compiled, "tokens").data]).toEqual([...eager.tokens_BN.dataSync()]);
    expect(gap(pick(compiled, "confidence").data, eager.confidence_B.dataSync())).toBeLessThan(1e-6);
    expect(gap(pick(compiled, "entropy").data, eager.entropy_B.dataSync())).toBeLessThan(1e-5);
  }
});

test.each([2, 7, 12, 64, 1000, 1024])("a draw among %i classes is the inverse of the cumulated distribution", (k) => {
  const rng = new Rng(k);
  const logits = Float32Array.from({ length: k }, () => 2 * rng.normal());
  const exponentials = Array.from(logits, Math.exp);
  const total = exponentials.reduce((sum, x) => sum + x, 0);
  const uniforms = Array.from({ length: 200 }, (_, i) => (i + 0.5) / 200);
  const wanted = uniforms.map((u) => {
    let cumulated = 0;
    return exponentials.findIndex((x) => (cumulated += x / total) > u);
  });
  const rows = tf.tile(tf.tensor2d(logits, [1, k]), [200, 1]);
  const drawn = drawTokens(rows, tf.tensor1d(uniforms), 1).tokens.dataSync();
  expect(int32(Int32Array.from(drawn), [200]).data).toEqual(Int32Array.from(wanted));
});
