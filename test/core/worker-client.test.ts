import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { WorkerClient } from "../../src/core/worker-client.ts";

test("a thread that ended is known to be dead, and fails every call to come", async () => {
  const client = new WorkerClient<string, string>(
    new Worker("setInterval(() => {}, 1000)", { eval: true }),
    (reason) => new Error(`gone: ${reason}`),
  );
  expect(client.isDead).toBe(false);
  const waiting = client.ask("anything");
  await client.terminate();
  await expect(waiting).rejects.toThrow(/gone: the thread ended with status/);
  expect(client.isDead).toBe(true);
  await expect(client.ask("more")).rejects.toThrow(/gone/);
});
