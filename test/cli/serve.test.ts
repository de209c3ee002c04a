import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { ConfigError } from "../../src/core/errors.ts";

/** What the command does with these options; it serves for ever when they are good. */
function serve(...options: readonly string[]): Promise<unknown> {
  return createProgram("0.0.0").parseAsync(["serve", ...options], { from: "user" });
}

describe("genie-env serve: bad input is a ConfigError, which is one line and status 2", () => {
  test.each([
    [["--port", "99999"], /port must be an integer from 0 to 65535, got 99999$/],
    [["--port", "http"], /--port: must be an integer from 0 on, got http$/],
    [["--port", "-1"], /--port: must be an integer/],
    [["--max-envs", "0"], /--max-envs: must be an integer from 1 on, got 0$/],
    [["--host", "0.0.0.0"], /token is needed .* got none for 0.0.0.0 - give --token$/],
    [["--host", "", "--token", "x"], /host must be an address of this machine, got none$/],
    [
      ["--host", "no such host", "--token", "x"],
      /address must be one of this machine .*got no such host:0 .* - choose/,
    ],
  ])("%j", async (options, message) => {
    const refused = serve(...options);
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(message);
  });

  test("a port that is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const port = String(Object(taken.address()).port);
    await expect(serve("--port", port)).rejects.toThrow(/free port, got 127.0.0.1:\d+ .*EADDRINUSE/);
    taken.close();
  });
});
