import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LOWERINGS_BY_FAMILY } from "../src/compute/lowerings/index.ts";
import { traceStateful } from "../src/compute/onnx-engine.ts";
import { specsOf } from "../src/core/host-tensor.ts";
import { caseGraph } from "../test/compute/cases/case-graph.ts";
import { CASES } from "../test/compute/cases/index.ts";

/*
 * Writes the conformance cases of all kernels as ONNX files, one per family, so that a tool that is not ours can check
 * them: tsx scripts/export-graphs.ts DIR
 */

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("export-graphs: a folder must be given, got nothing - pass DIR");
await mkdir(folder, { recursive: true });
for (const [family, lowerings] of Object.entries(LOWERINGS_BY_FAMILY)) {
  const name = family.toLowerCase().replaceAll(/\W+/g, "-");
  const { inputs, run } = caseGraph(Object.keys(lowerings).flatMap((kernel) => CASES[kernel] ?? []));
  const { bytes } = traceStateful(run, { name, inputs: specsOf(inputs) });
  const path = join(folder, `${name}.onnx`);
  await writeFile(path, bytes);
  console.log(`${path}  ${bytes.length} bytes`);
}
