import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { describeMachine } from "../../src/cli/machine.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("the revision is the package's, wherever one works, and what computes has its version", async () => {
  const here = process.cwd();
  process.chdir(tmpdir());
  try {
    const { package: version, libraries, revision } = await describeMachine("1.2.3");
    expect(version).toBe("1.2.3");
    expect(libraries).toEqual({
      "onnxruntime-node": expect.stringMatching(/^\d+\.\d+/),
      "@tensorflow/tfjs": expect.stringMatching(/^\d+\.\d+/),
    });
    expect(revision?.replace("+", "") ?? null).toBe(headOf(root));
  } finally {
    process.chdir(here);
  }
});

/** Null where this is no clone. */
function headOf(folder: string): string | null {
  try {
    return execFileSync("git", ["-C", folder, "rev-parse", "--short", "HEAD"], {
      encoding: "utf8",
      stdio: "pipe",
    }).trim();
  } catch {
    return null;
  }
}
