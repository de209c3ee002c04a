import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../src/compute/engine.ts";
import { LOWERINGS_BY_FAMILY } from "../src/compute/lowerings/index.ts";
import { onnxEngine } from "../src/compute/onnx-engine.ts";
import { traceStateful } from "../src/compute/trace-stateful.ts";
import { specsOf } from "../src/core/host-tensor.ts";
import { Rng } from "../src/core/rng.ts";
import { initGenie, parseGenieConfig, setupGenie } from "../src/model/genie.ts";
import { GenieWorld } from "../src/model/genie-world.ts";
import { initTrainState, trainStep } from "../src/nn/train-step.ts";
import { PRESETS } from "../src/model/training/presets.ts";
import { createStage, StageConfig } from "../src/model/training/stage.ts";
import { ADAMW_INPUTS } from "../src/nn/adamw.ts";
import { startingWith } from "../src/nn/params.ts";
import { caseGraph } from "../test/compute/cases/case-graph.ts";
import { CASES } from "../test/compute/cases/index.ts";

/*
 * Writes ONNX files, so that a tool that is not ours can check them: the conformance cases of all kernels, one file per
 * family, and every graph that the tiny preset plays and trains with: tsx scripts/export-graphs.ts DIR
 */

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("export-graphs: a folder must be given, got nothing - pass DIR");
await mkdir(folder, { recursive: true });

const runtime = onnxEngine({ threads: 1 });
/** The compiled engine, which writes what it opens. */
const engine: Engine = {
  name: "export",
  prepare: async (fn, options) => {
    const path = join(folder, `${options.name.toLowerCase().replaceAll(/\W+/g, "-")}.onnx`);
    const { bytes } = traceStateful(fn, options);
    await writeFile(path, bytes);
    console.log(`${path}  ${bytes.length} bytes`);
    return runtime.prepare(fn, options);
  },
};

for (const [name, lowerings] of Object.entries(LOWERINGS_BY_FAMILY)) {
  const { inputs, run } = caseGraph(Object.keys(lowerings).flatMap((kernel) => CASES[kernel] ?? []));
  (await engine.prepare(run, { name, inputs: specsOf(inputs) })).close();
}

const config = parseGenieConfig(PRESETS.tiny.genie);
const setup = setupGenie(config);
const params = initGenie(setup, new Rng(0));

// Rows of different prompts need every graph of playing: tokenize, infer, prime, step, and decode for some rows and all.
const world = new GenieWorld("tiny", config, params, engine);
const { height, width } = config;
const clip = (count: number) => ({ data: new Uint8Array(count * height * width * 3), count, height, width });
const session = await world.open(2);
await session.reset([0, 1], [clip(1), clip(2)]);
await session.step(new Int32Array(2), new Float32Array(2 * world.uniformsPerStep));
await session.decode();
await world.reconstruct(clip(2));
world.close();

for (const name of ["tokenizer", "dynamics"] as const) {
  const stage = createStage(name, config, setup, StageConfig.parse({ ...PRESETS.tiny.training[name], batchSize: 2 }));
  const underAll = (prefixes: readonly string[]) =>
    startingWith(
      params,
      prefixes.map((prefix) => `${prefix}.`),
    );
  const learns = underAll(stage.learns);
  const step = trainStep(Object.keys(learns), stage.loss, StageConfig.parse({}).optimiser);
  const executable = await engine.prepare(step, {
    name: `train ${name}`,
    inputs: { ...stage.inputs, ...ADAMW_INPUTS },
    constants: underAll(stage.constants),
    state: initTrainState(learns),
  });
  executable.close();
}
