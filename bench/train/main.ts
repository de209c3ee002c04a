/*
 * The training step of an ST-transformer, compiled by this package and in PyTorch, side by side: the same parameters,
 * batch, optimiser and number of threads, in turns. Prints JSON: per size the median of both and their ratio.
 *
 *   npm run bench:train
 */
import { availableParallelism } from "node:os";
import { median } from "../../src/cli/speed-report.ts";
import type { Executable } from "../../src/compute/engine.ts";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";
import type { HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { transformerBatch, transformerStep } from "../../src/model/training/transformer-step.ts";
import { adamwInputs, AdamWConfig } from "../../src/nn/adamw.ts";
import { STTransformerConfig } from "../../src/nn/st-transformer.ts";
import { expectWords, runBench } from "../run.ts";
import { findTorch, TorchProcess, type Timed } from "./torch-process.ts";

const SIZES = [
  { numBlocks: 4, modelDim: 128, numHeads: 4 },
  { numBlocks: 6, modelDim: 256, numHeads: 8 },
];
const CLIP = { batchSize: 4, numFrames: 16, tokensPerFrame: 64 };
const LEARNING_RATE = 1e-3;
const [WARM_UP, ROUNDS, STEPS_PER_ROUND] = [3, 5, 3];

/** The compiled engine at work, in the same words as `TorchProcess`. */
class GenieSteps {
  readonly #executable: Executable;
  readonly #batch: HostTensors;
  #step = 0;

  constructor(executable: Executable, batch: HostTensors) {
    this.#executable = executable;
    this.#batch = batch;
  }

  async train(steps: number): Promise<Timed> {
    const seconds: number[] = [];
    let loss = Number.NaN;
    for (let i = 0; i < steps; i++) {
      this.#step += 1;
      const began = performance.now();
      const optimiser = adamwInputs(AdamWConfig.parse({}), this.#step, LEARNING_RATE);
      const outputs = await this.#executable.run({ ...this.#batch, ...optimiser });
      seconds.push((performance.now() - began) / 1000);
      loss = outputs["loss"]?.data[0] ?? Number.NaN;
    }
    return { seconds, loss };
  }
}

/** Both train in turns, so that what else the machine does meets both. */
async function compare(python: string, options: (typeof SIZES)[number]) {
  const config = STTransformerConfig.parse(options);
  const threads = availableParallelism();
  const rng = new Rng("bench");
  const step = transformerStep(config, CLIP, rng);
  const batch = transformerBatch(step, rng);
  const params = Object.fromEntries(
    Object.entries(step.options.state ?? {}).filter(([name]) => !name.startsWith("adam.")),
  );
  const torch = await TorchProcess.start(
    python,
    { ...params, ...batch },
    { ...config, learningRate: LEARNING_RATE, threads },
  );
  const executable = await onnxEngine({ threads }).prepare(step.fn, step.options);
  try {
    const genie = new GenieSteps(executable, batch);
    const rounds = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const steps = round === 0 ? WARM_UP : STEPS_PER_ROUND;
      rounds.push({ genie: await genie.train(steps), torch: await torch.train(steps) });
    }
    return { ...options, ...summary(rounds.slice(1)), torchVersion: torch.version, threads };
  } finally {
    executable.close();
    await torch.close();
  }
}

function summary(rounds: readonly { readonly genie: Timed; readonly torch: Timed }[]) {
  const milliseconds = (name: "genie" | "torch") => 1000 * median(rounds.flatMap((round) => round[name].seconds));
  const [genieMs, torchMs] = [milliseconds("genie"), milliseconds("torch")];
  const last = rounds.at(-1);
  // Equal losses after equal steps: both computed the same.
  return { genieMs, torchMs, ratio: genieMs / torchMs, genieLoss: last?.genie.loss, torchLoss: last?.torch.loss };
}

await runBench(async (words) => {
  expectWords("bench:train", words, 0);
  const python = await findTorch();
  if (!python) {
    console.log("bench:train is skipped: PyTorch cannot be installed here (it needs python3 and a package index)");
    return;
  }
  const results = [];
  for (const size of SIZES) results.push(await compare(python, size));
  console.log(JSON.stringify(results, null, 2));
});
