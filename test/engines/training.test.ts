import { describe, expect, test } from "vitest";
import { float32, type HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { initTrainState, trainStep } from "../../src/nn/train-step.ts";
import { createStage, StageConfig, type StageName } from "../../src/model/training/stage.ts";
import { ADAMW_INPUTS, adamwInputs } from "../../src/nn/adamw.ts";
import { engineNamed } from "./engine-named.ts";
import { movingSquare, OTHERS, TINY } from "./worlds.ts";

/*
 * A training step is the same function on every engine; the compiled engine is the yardstick.
 */
const { config, setup, params } = TINY;

function select(prefixes: readonly string[]): HostTensors {
  return Object.fromEntries(Object.entries(params).filter(([name]) => prefixes.some((p) => name.startsWith(`${p}.`))));
}

/** The losses of a few training steps, and the parameters after them. */
async function trainFor(engineName: string, stageName: StageName, steps: number) {
  const engine = await engineNamed(engineName);
  const options = StageConfig.parse({ batchSize: 2 });
  const stage = createStage(stageName, config, setup, options);
  const learns = select(stage.learns);
  const executable = await engine.prepare(trainStep(Object.keys(learns), stage.loss, options.optimiser), {
    name: `train ${stageName}`,
    inputs: { ...stage.inputs, ...ADAMW_INPUTS },
    constants: select(stage.constants),
    state: initTrainState(learns),
  });
  const shape = stage.inputs["frames"]?.shape ?? [];
  const clips = [movingSquare(config.numFrames, 2), movingSquare(config.numFrames, 3)];
  const frames = float32(Float32Array.from(clips.flatMap(({ data }) => [...data])), shape);
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const outputs = await executable.run({
      frames,
      ...stage.draw(new Rng(step)),
      ...adamwInputs(options.optimiser, step, 1e-3),
    });
    losses.push(outputs["loss"]?.data[0] ?? Number.NaN);
  }
  const state = await executable.readState(Object.keys(learns));
  executable.close();
  return { losses, state };
}

/** How far two sets of parameters lie apart, number by number: the mean and the worst. */
function distance(some: HostTensors, others: HostTensors): { mean: number; worst: number } {
  let [sum, count, worst] = [0, 0, 0];
  for (const [name, { data }] of Object.entries(some)) {
    const other = others[name]?.data ?? [];
    expect(other).toHaveLength(data.length);
    for (const [i, value] of data.entries()) {
      const apart = Math.abs(value - (other[i] ?? Number.NaN));
      sum += apart;
      count += 1;
      worst = Math.max(worst, apart);
    }
  }
  return { mean: sum / count, worst };
}

describe.each(OTHERS)("%s agrees with the compiled engine", (name) => {
  test.each(["tokenizer", "dynamics"] as const)("training the %s", async (stage) => {
    const [compiled, eager] = [await trainFor("onnx", stage, 4), await trainFor(name, stage, 4)];
    for (const [i, loss] of compiled.losses.entries()) expect(eager.losses[i]).toBeCloseTo(loss, 3);
    // Adam's first steps have the size of the learning rate, 1e-3, whatever the gradient's: rounding may turn one that
    // is almost zero. That must be rare, and no parameter may be a whole step off.
    const apart = distance(compiled.state, eager.state);
    expect(apart.worst).toBeLessThan(1e-3);
    expect(apart.mean).toBeLessThan(0.01 * distance(compiled.state, params).mean);
    expect(compiled.losses.every(Number.isFinite)).toBe(true);
    expect(compiled.losses.at(-1)).not.toBe(compiled.losses[0]);
  });
});
