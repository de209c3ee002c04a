import { existsSync, readdirSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { countSessions } from "../../src/compute/onnx-executable.ts";
import type { GenieWorld } from "../../src/model/genie-world.ts";
import type { WorldSession } from "../../src/model/world-model.ts";
import { engineNamed } from "./engine-named.ts";
import { stepRows } from "./roll-out.ts";
import { ENGINES, movingSquare, SMALLEST, worldOf } from "./worlds.ts";

/*
 * What an engine holds does not grow: not over the steps of a session, with rows that start anew, and not over worlds that
 * are opened and closed.
 */
const STEPS = process.env["GENIE_TEST_FULL"] === "1" ? 10_000 : 20;
/** Up to so many steps of `advance`, the last one is of every kind: looked at or not, with a row that starts anew or not. */
const KINDS = 8;
const TIMEOUT = 3_600_000;
/** The collector takes its time, and the runtime's arenas come in large pieces. */
const MEGABYTES = 100;

/** Tensors, sessions, and what Linux tells of threads, open files and memory. */
function held() {
  const memory: object = tf.memory();
  return {
    tensors: tf.memory().numTensors,
    buffers: tf.memory().numDataBuffers,
    /** Of a GPU, the buffers that are kept for reuse included; 0 on other engines. */
    deviceBytes: Number(Reflect.get(memory, "numBytesAllocatedInGPU") ?? 0),
    sessions: countSessions(),
    threads: entriesOf("/proc/self/task"),
    files: entriesOf("/proc/self/fd"),
  };
}

function entriesOf(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

const PROMPTS = [movingSquare(1, 2), movingSquare(1, 3)];

/**
 * What is held when every row has just started and was looked at: nothing waits for anybody. A session holds its current
 * frames and those before them, a step's on the device and a reset's in host memory, so only two resets on end make both
 * of one kind, whatever was played last.
 */
async function heldAtRest(session: WorldSession) {
  for (let frame = 0; frame < 2; frame++) await session.reset([0, 1], PROMPTS);
  await session.decode();
  return held();
}

/**
 * Plays all rows; every third step they are looked at, every seventh one starts anew. Returns the most memory that was
 * resident, in megabytes.
 */
async function advance(world: GenieWorld, session: WorldSession, steps: number): Promise<number> {
  const rows = Array.from({ length: session.numEnvs }, (_, row) => row);
  let most = 0;
  for (let step = 0; step < steps; step++) {
    await stepRows(world, session, rows, step);
    if (step % 3 === 0) await session.decode();
    if (step % 7 === 0) await session.reset([step % session.numEnvs], [movingSquare(1, step % 5)]);
    most = Math.max(most, process.memoryUsage.rss() / 1e6);
  }
  return most;
}

describe.each(ENGINES)("%s", (name) => {
  test(
    `holds after ${STEPS} steps what it held before`,
    async () => {
      const world = worldOf(SMALLEST, await engineNamed(name));
      const session = await world.open(2);
      await session.reset([0, 1], PROMPTS);
      await advance(world, session, Math.ceil(STEPS / 4));
      const before = await heldAtRest(session);
      const early = await advance(world, session, STEPS / 2);
      const late = await advance(world, session, STEPS / 2);
      const after = await heldAtRest(session);
      world.close();
      const { tensors, buffers, sessions } = before;
      expect(after).toMatchObject({ tensors, buffers, sessions });
      expect(after.threads - before.threads).toBeLessThan(4);
      expect(after.files - before.files).toBeLessThan(8);
      expect((after.deviceBytes - before.deviceBytes) / 1e6).toBeLessThan(MEGABYTES);
      expect(late - early).toBeLessThan(MEGABYTES);
    },
    TIMEOUT,
  );

  test(
    "holds the same at rest, whichever step was the last",
    async () => {
      const world = worldOf(SMALLEST, await engineNamed(name));
      const session = await world.open(2);
      await session.reset([0, 1], PROMPTS);
      await advance(world, session, 1);
      const { tensors, buffers, sessions } = await heldAtRest(session);
      for (let steps = 1; steps <= KINDS; steps++) {
        await advance(world, session, steps);
        expect(await heldAtRest(session), `after ${steps} steps`).toMatchObject({ tensors, buffers, sessions });
      }
      world.close();
    },
    TIMEOUT,
  );

  test(
    "gives back what a world took when it is closed",
    async () => {
      const live = async () => {
        const engine = await engineNamed(name);
        const world = worldOf(SMALLEST, engine);
        for (const rows of [1, 2]) {
          const session = await world.open(rows);
          await session.reset([0], PROMPTS.slice(0, 1));
          await advance(world, session, 1);
          await session.decode();
        }
        world.close();
        await engine.settle?.();
      };
      await live();
      const before = held();
      for (let i = 0; i < 3; i++) await live();
      const after = held();
      const { tensors, buffers, sessions } = before;
      expect(after).toMatchObject({ tensors, buffers, sessions });
      // Each engine with threads of its own would add four, and 28 files.
      expect(after.threads - before.threads).toBeLessThan(4);
      expect(after.files - before.files).toBeLessThan(28);
    },
    TIMEOUT,
  );
});
