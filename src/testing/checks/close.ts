import { finding } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { checkRefusal, errorOf } from "./refusal.ts";
import { call, describeError } from "./run-checks.ts";
import type { Subject } from "./subject.ts";

/** Closes the environment, twice, and calls it once more. */
export async function* checkClose({ env, actions, options }: Subject): AsyncGenerator<Finding> {
  await call("close", async () => env.close());
  const again = await errorOf(() => env.close());
  if (again !== null) yield finding("close-twice", "close", `got ${describeError(again.error)}`);
  const calls = {
    reset: () => env.reset({ options }),
    step: () => env.step(structuredClone(actions[0])),
    render: () => env.render(),
  };
  for (const [name, work] of Object.entries(calls)) {
    yield* checkRefusal(work, "ClosedError", finding("use-after-close", name));
  }
}
