import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Engine, Executable, PrepareOptions } from "../../src/compute/engine.ts";
import { PythonProcess } from "../../src/compute/python-process.ts";
import type { TensorFunction } from "../../src/compute/trace.ts";
import { BackendError, ClosedError, DataError, ShapeError } from "../../src/core/errors.ts";
import { specsOf } from "../../src/core/host-tensor.ts";
import { caseGraph } from "../compute/cases/case-graph.ts";
import { difference, runEagerly } from "../compute/cases/compare.ts";
import { CASES } from "../compute/cases/index.ts";
import { accumulate, counter, mismatches, vector } from "../compute/counter.ts";
import { engineNamed } from "./engine-named.ts";
import { OTHERS } from "./worlds.ts";

test("a Python that is not there, or lacks JAX, is an error that says what to do", async () => {
  const missing = new PythonProcess("no-such-python", [], "install it");
  await expect(missing.ask("describe")).rejects.toThrow(/no-such-python must run, got .*ENOENT - install it/);
  await expect(missing.ask("describe")).rejects.toBeInstanceOf(BackendError);
  const failing = new PythonProcess(
    process.execPath,
    ["-e", "console.error('no JAX here'); process.exit(3)"],
    "install it",
  );
  await expect(failing.ask("describe")).rejects.toThrow(/got status 3: no JAX here - install it/);
});

test("a request that cannot be sent fails alone, and death fails all that wait", async () => {
  const echo = "process.stdin.once('data', () => process.exit(7))";
  const dying = new PythonProcess(process.execPath, ["-e", echo], "mend it");
  await expect(dying.ask("run", { what: () => 0 })).rejects.toBeInstanceOf(DataError);
  const waiting = [dying.ask("run"), dying.ask("run")];
  for (const one of waiting) await expect(one).rejects.toThrow(/got status 7 - mend it/);
});

test("one that says what is no message is ended, and fails all that wait; so is one that a signal ends", async () => {
  const mad = new PythonProcess(
    process.execPath,
    ["-e", "process.stdout.write('~'.repeat(64)); setInterval(() => {}, 1e6)"],
    "mend it",
  );
  await expect(mad.ask("run")).rejects.toThrow(/got no message: .* - mend it/);
  expect(mad.isDead).toBe(true);
  const killed = new PythonProcess(process.execPath, ["-e", "process.kill(process.pid, 'SIGKILL')"], "mend it");
  await expect(killed.ask("run")).rejects.toThrow(/got SIGKILL - mend it/);
});

describe.skipIf(!OTHERS.includes("jax"))("jax", () => {
  let engine: Engine;
  const opened: Executable[] = [];

  async function open(fn: TensorFunction, options: PrepareOptions): Promise<Executable> {
    const executable = await engine.prepare(fn, options);
    opened.push(executable);
    return executable;
  }

  beforeAll(async () => {
    await tf.setBackend("cpu");
    engine = await engineNamed("jax");
  });

  afterEach(() => {
    for (const executable of opened.splice(0)) executable.close();
  });

  test.each(Object.entries(CASES))(
    "%s gives the numbers of the cpu backend, and their gradients",
    async (name, cases) => {
      const graph = caseGraph(cases);
      const expected = await runEagerly(graph);
      const executable = await open(graph.run, { name, inputs: specsOf(graph.inputs) });
      const got = await executable.run(graph.inputs);
      graph.dispose();
      expect(Object.entries(expected).flatMap(([key, want]) => difference(key, want, got[key]))).toEqual([]);
    },
  );

  test("keeps state between runs; others work on it where they share it", async () => {
    const first = await open(accumulate, counter);
    const second = await open(accumulate, { ...counter, sharesStateOf: first });
    const apart = await open(accumulate, counter);
    await first.run({ x: vector(1, 2) });
    await second.run({ x: vector(1, 2) });
    await apart.run({ x: vector(5, 5) });
    expect(mismatches(await first.readState(), { total: vector(2, 4) })).toEqual([]);
    second.writeState({ total: vector(10, 20) });
    await first.run({ x: vector(1, 2) });
    expect(mismatches(await second.readState(["total"]), { total: vector(11, 22) })).toEqual([]);
    expect(mismatches(await apart.readState(), { total: vector(5, 5) })).toEqual([]);
  });

  test("reads the rows of its own entries, where it shares a state that has more", async () => {
    const owner = await open(accumulate, { ...counter, state: { ...counter.state, more: vector(1, 2, 3) } });
    // Behind a proxy, as one who watches what is asked of it would put it.
    const sharing = await open(accumulate, { ...counter, sharesStateOf: new Proxy(owner, {}) });
    expect(await sharing.readRows([1])).toEqual([{ total: vector(0) }]);
    owner.close();
    await expect(open(accumulate, { ...counter, sharesStateOf: owner })).rejects.toBeInstanceOf(ClosedError);
    await sharing.run({ x: vector(1, 2) });
    expect(mismatches(await sharing.readState(), { total: vector(1, 2) })).toEqual([]);
  });

  test("says what it computes on", () => {
    expect(engine.device).toMatchObject({ name: expect.stringMatching(/^.+ \(JAX\)$/), isCpu: expect.any(Boolean) });
  });

  test("saves and restores rows, any number of them and none", async () => {
    const executable = await open(accumulate, counter);
    await executable.run({ x: vector(1, 2) });
    const [second, first] = await executable.readRows([1, 0]);
    if (!first || !second) throw new Error("two rows must be there");
    executable.writeRows([0], [second]);
    expect(await executable.readRows([])).toEqual([]);
    executable.writeRows([], []);
    expect(mismatches(await executable.readState(), { total: vector(2, 2) })).toEqual([]);
    executable.writeRows([1, 0], [first, first]);
    expect(mismatches(await executable.readState(), { total: vector(1, 1) })).toEqual([]);
  });

  test("refuses inputs of another shape, unknown state, and what is closed; and goes on", async () => {
    const executable = await open(accumulate, counter);
    await expect(executable.run({ x: vector(1, 2, 3) })).rejects.toBeInstanceOf(ShapeError);
    await expect(executable.run({})).rejects.toBeInstanceOf(ShapeError);
    expect(() => executable.writeState({ other: vector(1, 2) })).toThrow(ShapeError);
    await expect(executable.readState(["other"])).rejects.toBeInstanceOf(ShapeError);
    await executable.run({ x: vector(1, 2) });
    expect(mismatches(await executable.readState(), { total: vector(1, 2) })).toEqual([]);
    executable.close();
    executable.close();
    await expect(executable.run({ x: vector(1, 2) })).rejects.toBeInstanceOf(ClosedError);
  });
});
