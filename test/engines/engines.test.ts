import { describe, expect, test } from "vitest";
import { createEngine } from "../../src/compute/create-engine.ts";
import type { Frames } from "../../src/core/frames.ts";
import { float32, type HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { genieParams, parseGenieConfig, setupGenie } from "../../src/model/genie.ts";
import { GenieWorld } from "../../src/model/genie-world.ts";
import { initTrainState, trainStep } from "../../src/nn/train-step.ts";
import { PRESETS } from "../../src/model/training/presets.ts";
import { createStage, StageConfig, type StageName } from "../../src/model/training/stage.ts";
import { ADAMW_INPUTS, adamwInputs } from "../../src/nn/adamw.ts";
import { noisyParams } from "../model/tiny-genie.ts";

/*
 * The same functions on every engine. The compiled engine is the yardstick; `GENIE_TEST_ENGINES=tensorflow,wasm` chooses
 * the others (wasm unless told).
 */
const others = (process.env["GENIE_TEST_ENGINES"] ?? "wasm").split(",");
const config = parseGenieConfig(PRESETS.tiny.genie);
const setup = setupGenie(config);
const params = noisyParams(genieParams(setup));

/** A square that moves right over a gradient: [count, H, W, 3]. */
function movingSquare(count: number, speed: number): Frames {
  const { height, width } = config;
  const data = new Uint8Array(count * height * width * 3);
  for (let i = 0; i < data.length; i++) {
    const [t, y, x] = [
      Math.floor(i / (height * width * 3)),
      Math.floor(i / (width * 3)) % height,
      Math.floor(i / 3) % width,
    ];
    const inside = Math.abs(y - 8) < 3 && Math.abs(x - ((4 + speed * t) % width)) < 3;
    data[i] = inside ? 250 : 8 * y + (i % 3) * 20;
  }
  return { data, count, height, width };
}

function select(prefixes: readonly string[]): HostTensors {
  return Object.fromEntries(Object.entries(params).filter(([name]) => prefixes.some((p) => name.startsWith(`${p}.`))));
}

/** The losses of a few training steps, and the parameters after them. */
async function trainFor(engineName: string, stageName: StageName, steps: number) {
  const engine = await createEngine(engineName);
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

async function play(engineName: string) {
  const world = new GenieWorld("tiny", config, params, await createEngine(engineName));
  const session = await world.open(2);
  await session.reset([0, 1], [movingSquare(1, 2), movingSquare(2, 3)]);
  const rng = new Rng("play");
  const steps = [];
  for (let t = 0; t < 6; t++) {
    const uniforms = rng.split(t).uniforms(2 * world.uniformsPerStep);
    steps.push(await session.step(Int32Array.of(t % world.numActions, (t + 3) % world.numActions), uniforms));
  }
  const pixels = await session.decode();
  const actions = await world.inferActions(movingSquare(4, 2));
  world.close();
  return { steps, pixels, actions };
}

describe.each(others)("%s agrees with the compiled engine", (name) => {
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

  test("playing", async () => {
    const [compiled, eager] = [await play("onnx"), await play(name)];
    for (const [t, step] of compiled.steps.entries()) {
      expect(eager.steps[t]?.tokens).toEqual(step.tokens);
      for (const key of ["confidence", "entropy"] as const) {
        for (const [row, value] of step[key].entries()) expect(eager.steps[t]?.[key][row]).toBeCloseTo(value, 4);
      }
    }
    const worst = compiled.pixels.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (eager.pixels[i] ?? 0))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(1);
    expect(eager.actions).toEqual(compiled.actions);
  });
});
