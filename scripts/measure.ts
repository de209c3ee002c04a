import { execFileSync } from "node:child_process";
import { loadavg } from "node:os";
import { keepMeasurement, withoutPlaces } from "./measurement.ts";

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
// Before the command makes load of its own.
const [load = 0] = loadavg();
const printed = execFileSync(program, args, {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
  maxBuffer: 2 ** 26,
});
await keepMeasurement(name, {
  command: withoutPlaces(command),
  load,
  result: JSON.parse(printed.slice(printed.search(/^[[{]/m))),
});
