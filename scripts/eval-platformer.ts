import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DIFFICULTIES } from "../src/games/platformer/level.ts";

/*
 * Measures a world of the Platformer on levels that nothing is trained on, recorded anew each time by the same command:
 *   npm run measure -- eval-platformer-easy npm run -s eval:platformer easy
 *   npm run eval:platformer -- hard --world runs/mine --clips 8
 */
const [difficulty = "", ...options] = process.argv.slice(2);
if (!DIFFICULTIES.some((known) => known === difficulty)) {
  console.error(`eval:platformer: must be one of ${DIFFICULTIES.join(", ")}, got ${difficulty || "nothing"}`);
  process.exit(2);
}
const RECORDING = ["--player", "mixed", "--levels", "1000000..1000999", "--frames", "12000", "--seed", "4"];
const world = options.includes("--world") ? [] : ["--world", "platformer"];
const bin = join(import.meta.dirname, "..", "bin", "genie-env.mjs");
const folder = mkdtempSync(join(tmpdir(), "genie-env-platformer-"));
try {
  const videos = join(folder, difficulty);
  const record = ["record", "--env", "Platformer-v0", ...RECORDING, "--difficulty", difficulty, "--out", videos];
  execFileSync(process.execPath, [bin, ...record], { stdio: ["ignore", 2, 2] });
  const rollouts = options.includes("--rollouts") ? [] : ["--rollouts", "64"];
  execFileSync(process.execPath, [bin, "eval", ...world, ...rollouts, ...options, "--videos", videos, "--json"], {
    stdio: "inherit",
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
