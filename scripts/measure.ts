import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { writeFileAtomically } from "../src/core/atomic-file.ts";
import { FIGURES, type Measurement } from "./figures.ts";

/*
 * Runs a command that prints JSON and keeps what it printed for the documents:
 *   npm run measure -- eval-supertux npx genie-env eval --world supertux --videos clips --json
 */
const [name = "", ...command] = process.argv.slice(2);
const [program, ...args] = command;
if (!/^[\w-]+$/.test(name) || program === undefined) {
  console.error("measure: a name and a command are needed - npm run measure -- NAME COMMAND…");
  process.exit(2);
}
const run = (file: string, options: readonly string[]) =>
  execFileSync(file, options, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 2 ** 26 });
// Before the command makes load of its own.
const [load = 0] = loadavg();
const printed = run(program, args);
const measurement: Measurement = {
  // Where the videos lie is nobody's business but the machine's.
  command: command.map((part) => (part.startsWith("/") || part.startsWith("..") ? "VIDEOS" : part)).join(" "),
  machine: `${availableParallelism()} cores of ${cpus()[0]?.model ?? "an unknown CPU"}, Node ${process.versions.node}`,
  date: new Date().toISOString().slice(0, 10),
  revision: run("git", ["rev-parse", "--short", "HEAD"]).trim(),
  load: Number(load.toFixed(1)),
  result: JSON.parse(printed.slice(printed.search(/^[[{]/m))),
};
await writeFileAtomically(join(FIGURES, `${name}.json`), `${JSON.stringify(measurement, null, 2)}\n`);
