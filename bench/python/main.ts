/*
 * Environments that Python steps over the socket: CartPole, and a game whose observations are 64x64 pixels, in one row and
 * in 64, beside Gymnasium's own CartPole in the Python process and its SyncVectorEnv, in turns. Prints JSON: steps per
 * second of wall time (so it wants a quiet machine), and processor time per request of either side, which others on the
 * machine hardly change.
 *
 *   npm run bench:python
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { BackendError } from "../../src/core/errors.ts";
import { findGymnasium } from "../env/rival.ts";
import { expectWords, runBench } from "../run.ts";

const SECONDS = 1;
const ROUNDS = 5;

const root = join(import.meta.dirname, "..", "..");
const env = {
  ...process.env,
  PYTHONPATH: join(root, "python"),
  GENIE_ENV_COMMAND: `node ${join(root, "bin", "genie-env.mjs")} serve`,
};
const script = join(import.meta.dirname, "steps.py");

await runBench(async (words) => {
  expectWords("bench:python", words, 0);
  const python = await findGymnasium();
  if (python === null)
    throw new BackendError("bench:python: Gymnasium cannot be installed here - it needs python3 and a package index");
  const printed = execFileSync(python, [script, String(SECONDS), String(ROUNDS)], { env, encoding: "utf8" });
  console.log(JSON.stringify(JSON.parse(printed), null, 2));
});
