import { afterAll, describe, expect, test } from "vitest";
import { ClosedError, ShapeError } from "../../src/core/errors.ts";
import { int32, type HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/core/safetensors.ts";
import type { WorldSession } from "../../src/model/world-model.ts";
import type { Engine, Executable } from "../../src/compute/engine.ts";
import { GenieEnv } from "../../src/env/index.ts";
import { GenieWorld } from "../../src/model/genie-world.ts";
import { engine, gap, noiseFrames, pick, tinyGenie, tinyWorld } from "./tiny-genie.ts";

const world = tinyWorld(tinyGenie());
const N = world.tokensPerFrame;
const FRAME = 16 * 16 * 3;

afterAll(() => world.close());

/** Advances every row by the action and uniforms that belong to its name, in steps [from, to). */
async function play(session: WorldSession, names: readonly string[], from: number, to: number): Promise<number[][]> {
  const videos: number[][] = names.map(() => []);
  for (let step = from; step < to; step++) {
    const rngs = names.map((name) => new Rng(`${name} ${step}`));
    const actions = Int32Array.from(rngs, (rng) => rng.integer(world.numActions));
    const uniforms = Float32Array.from(rngs.flatMap((rng) => [...rng.uniforms(world.uniformsPerStep)]));
    const { tokens } = await session.step(actions, uniforms);
    const pixels = await session.decode();
    for (const [row, video] of videos.entries()) {
      video.push(...tokens.subarray(row * N, (row + 1) * N), ...pixels.subarray(row * FRAME, (row + 1) * FRAME));
    }
  }
  return videos;
}

/** A session whose row `i` starts from a prompt of its own, of `lengths[i]` frames. */
async function begin(names: readonly string[], lengths: readonly number[] = []): Promise<WorldSession> {
  const session = await world.open(names.length);
  const prompts = names.map((name, i) => noiseFrames(lengths[i] ?? 1, name.length));
  await session.reset([...names.keys()], prompts);
  return session;
}

async function bytesOf(session: WorldSession, row: number): Promise<string> {
  return Buffer.from(encodeSafetensors(await session.getState(row))).toString("base64");
}

/** The engine, and what was asked of its graphs: `calls` holds "name: method". */
function watched() {
  const calls: string[] = [];
  const watch = (executable: Executable, graph: string): Executable =>
    new Proxy(executable, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          calls.push(`${graph}: ${String(name)}`);
          return Reflect.apply(value, target, args);
        };
      },
    });
  const prepare: Engine["prepare"] = async (fn, options) => watch(await engine.prepare(fn, options), options.name);
  return { calls, engine: { ...engine, prepare } };
}

describe("rows", () => {
  test("are the same whatever runs beside them", async () => {
    const together = await begin(["a", "bb", "ccc"]);
    const alone = await begin(["bb"]);
    const [, middle] = await play(together, ["a", "bb", "ccc"], 0, 6);
    const [single] = await play(alone, ["bb"], 0, 6);
    expect(single).toEqual(middle);
  });

  test("keep every bit while another row is reset", async () => {
    const names = ["a", "bb", "ccc"];
    const session = await begin(names);
    await play(session, names, 0, 5);
    const before = [await bytesOf(session, 0), await bytesOf(session, 2)];
    const changed = await bytesOf(session, 1);
    await session.reset([1], [noiseFrames(3, 9)]);
    await session.decode();
    expect([await bytesOf(session, 0), await bytesOf(session, 2)]).toEqual(before);
    expect(await bytesOf(session, 1)).not.toBe(changed);
  });

  test("start anew after a reset: nothing of the last episode is left", async () => {
    const used = await begin(["zzz", "a"]);
    await play(used, ["zzz", "a"], 0, 6);
    await used.reset([1], [noiseFrames(2, 2)]);
    const fresh = await world.open(2);
    await fresh.reset([0, 1], [noiseFrames(1, 1), noiseFrames(2, 2)]);
    const [, after] = await play(used, ["q", "bb"], 0, 5);
    const [, first] = await play(fresh, ["r", "bb"], 0, 5);
    expect(after).toEqual(first);
  });

  test("take prompts of different lengths in one reset, each as if it were alone", async () => {
    const names = ["a", "bb", "ccc"];
    const lengths = [1, 3, 6];
    const videos = await play(await begin(names, lengths), names, 0, 5);
    for (const [i, name] of names.entries()) {
      const [video] = await play(await begin([name], [lengths[i] ?? 1]), [name], 0, 5);
      expect(video).toEqual(videos[i]);
    }
  });

  test("remember a longer prompt: its first frames change what follows", async () => {
    const session = await world.open(2);
    const long = noiseFrames(3, 5);
    const last = { ...long, count: 1, data: long.data.slice(2 * FRAME) };
    await session.reset([0, 1], [long, last]);
    const states = [await session.getState(0), await session.getState(1)].map((state) => pick(state, "age").data[0]);
    expect(states).toEqual([3, 1]);
    const [a, b] = await play(session, ["same", "same"], 0, 5);
    expect(a).not.toEqual(b);
  });

  test("keep the tokens they drew: a frame is never encoded again", async () => {
    const session = await begin(["a"]);
    const drawn: number[] = [];
    for (let step = 0; step < 6; step++) {
      const rng = new Rng(step);
      const { tokens } = await session.step(Int32Array.of(0), rng.uniforms(world.uniformsPerStep));
      expect([...(await session.tokens())]).toEqual([...tokens]);
      expect([...pick(await session.getState(0), "tokens").data]).toEqual([...tokens]);
      drawn.push(...tokens);
    }
    expect(new Set(drawn).size).toBeGreaterThan(1);
  });
});

describe("a state", () => {
  test("continues exactly, in any row of any session, also from a file", async () => {
    const session = await begin(["a", "bb"]);
    await play(session, ["a", "bb"], 0, 5);
    const bytes = encodeSafetensors(await session.getState(1));
    const pixels = (await session.decode()).slice(FRAME);
    const [, rest] = await play(session, ["a", "bb"], 5, 11);
    const other = await begin(["x", "y", "z"]);
    await play(other, ["x", "y", "z"], 0, 2);
    await other.setState(2, decodeSafetensors(bytes).tensors);
    expect((await other.decode()).slice(2 * FRAME)).toEqual(pixels);
    const [, , again] = await play(other, ["x", "y", "bb"], 5, 11);
    expect(again).toEqual(rest);
  });

  test("belongs to the caller: later steps do not reach into it", async () => {
    const session = await begin(["a"]);
    const state = await session.getState(0);
    const before = encodeSafetensors(state);
    await play(session, ["a"], 0, 3);
    expect(encodeSafetensors(state)).toEqual(before);
  });

  test("of another kind is refused, and the row stays as it was", async () => {
    const session = await begin(["a", "bb"]);
    const good = await session.getState(0);
    const before = await bytesOf(session, 1);
    const { age: _age, ...incomplete } = good;
    const wrong: HostTensors[] = [
      {},
      incomplete,
      { ...good, age: int32(Int32Array.of(1, 2), [2]) },
      { ...good, tokens: int32(new Int32Array(N + 1), [1, N + 1]) },
      { ...good, "decoder.cache.keys.0": int32(new Int32Array(0), [1]) },
    ];
    const { format: _format, ...unmarked } = good;
    await expect(session.setState(1, unmarked)).rejects.toThrow(/setState: format must be int32\[1\], got nothing/);
    const foreign = { ...good, format: int32(Int32Array.of(0), [1]) };
    const refused = session.setStates([1, 0], [foreign, good]);
    await expect(refused).rejects.toThrow(/setState: format must be 1, got 0 - the state is of another release/);
    const written: HostTensors = JSON.parse(JSON.stringify(good));
    await expect(session.setState(1, written)).rejects.toThrow(/as getState made it, which JSON does not keep/);
    for (const state of wrong) {
      await expect(session.setState(1, state)).rejects.toThrow(ShapeError);
    }
    await expect(session.setState(1, {})).rejects.toThrow(/setState: .* must be .*, got nothing - /);
    expect(await bytesOf(session, 1)).toBe(before);
  });
});

describe("states of several rows", () => {
  const NAMES = ["a", "bb", "ccc", "dddd"];

  test("are those of each row, and go where each would", async () => {
    const [session, other] = [await begin(NAMES), await begin(NAMES)];
    await play(session, NAMES, 0, 5);
    const states = await session.getStates([3, 0, 2]);
    const single = [await session.getState(3), await session.getState(0), await session.getState(2)];
    expect(states.map((state) => encodeSafetensors(state))).toEqual(single.map((state) => encodeSafetensors(state)));
    await session.setStates([0, 2, 3], states);
    await play(other, NAMES, 0, 5);
    for (const [i, row] of [0, 2, 3].entries()) await other.setState(row, single[i] ?? {});
    expect(await play(session, NAMES, 5, 9)).toEqual(await play(other, NAMES, 5, 9));
  });

  test.each(["looked at", "not looked at"])("go on as if nothing had been in between, %s", async (how) => {
    const session = await begin(NAMES);
    await play(session, NAMES, 0, 5);
    const states = await session.getStates([0, 1, 2, 3]);
    const before = states.map((state) => encodeSafetensors(state));
    const rest = await play(session, NAMES, 5, 10);
    const uniforms = new Float32Array(NAMES.length * world.uniformsPerStep);
    for (let i = 0; i < 9; i++) await session.step(Int32Array.of(0, 1, 2, 3), uniforms);
    if (how === "looked at") await session.decode();
    await session.setStates([0, 1, 2, 3], states);
    expect(await play(session, NAMES, 5, 10)).toEqual(rest);
    expect(states.map((state) => encodeSafetensors(state))).toEqual(before);
  });

  test("may be one for all: every row then goes on alike", async () => {
    const session = await begin(NAMES);
    await play(session, NAMES, 0, 5);
    const state = await session.getState(2);
    const [, , rest] = await play(session, NAMES, 5, 9);
    await session.setStates([0, 1, 2, 3], [state, state, state, state]);
    expect(await play(session, ["ccc", "ccc", "ccc", "ccc"], 5, 9)).toEqual([rest, rest, rest, rest]);
  });

  test("are read once and written once, and nothing is read to write them", async () => {
    const { calls, engine } = watched();
    const { config, params } = tinyGenie();
    const genie = new GenieWorld("watched", config, params, engine);
    const env = await GenieEnv.fromWorld(genie, { numEnvs: 4 });
    await env.reset(noiseFrames(1, 1));
    calls.splice(0);
    const states = await env.getState();
    expect(calls.splice(0)).toEqual(["dynamics step: readRows", "decoder step: readRows"]);
    await env.setState(states);
    expect(calls.splice(0)).toEqual(["dynamics step: writeRows", "decoder step: writeRows"]);
    env.close();
    genie.close();
  });

  test("of rows that there are not, twice or another number are refused, and so is one bad state among them", async () => {
    const session = await begin(["a", "bb"]);
    const good = await session.getState(0);
    const before = await bytesOf(session, 0);
    await play(session, ["a", "bb"], 0, 1);
    const after = await bytesOf(session, 0);
    for (const rows of [[2], [-1], [0.5], [Number.NaN], [1, 1]]) {
      await expect(session.getStates(rows)).rejects.toThrow(/getState: rows must be different integers from 0 to 1/);
      const states = rows.map(() => good);
      await expect(session.setStates(rows, states)).rejects.toThrow(/setState: rows must be different integers/);
    }
    await expect(session.setStates([0, 1], [good])).rejects.toThrow(/a state for each of 2 rows, got 1/);
    await expect(session.setStates([0, 1], [good, {}])).rejects.toThrow(ShapeError);
    expect(await bytesOf(session, 0)).toBe(after);
    await session.setStates([], []);
    expect(await session.getStates([])).toEqual([]);
    await session.setState(0, good);
    expect(await bytesOf(session, 0)).toBe(before);
    session.close();
    await expect(session.getStates([0])).rejects.toThrow(ClosedError);
    await expect(session.setStates([0], [good])).rejects.toThrow(ClosedError);
  });
});

describe("a session", () => {
  test("answers with probabilities and entropies of its vocabulary", async () => {
    const session = await begin(["a", "bb"]);
    const uniforms = new Rng(0).uniforms(2 * world.uniformsPerStep);
    const { confidence, entropy, tokens } = await session.step(Int32Array.of(0, 1), uniforms);
    expect([...confidence].every((p) => p > 0 && p <= 1)).toBe(true);
    expect([...entropy].every((nats) => nats >= 0 && nats <= Math.log(world.vocabularySize) + 1e-6)).toBe(true);
    expect([...tokens].every((token) => token >= 0 && token < world.vocabularySize)).toBe(true);
  });

  test("shows the prompt as the tokenizer sees it until somebody acts", async () => {
    const session = await world.open(1);
    const prompt = noiseFrames(1, 4);
    await session.reset([0], [prompt]);
    expect(gap(await session.decode(), (await world.reconstruct(prompt)).data)).toBeLessThanOrEqual(1);
  });

  test("decodes nothing that no later frame depends on", async () => {
    const { calls, engine } = watched();
    const { config, params } = tinyGenie({ tokenizer: { architecture: "vit" } });
    const genie = new GenieWorld("watched", config, params, engine);
    const [blind, seeing] = [await genie.open(1), await genie.open(1)];
    const uniforms = new Float32Array(world.uniformsPerStep);
    for (const session of [blind, seeing]) await session.reset([0], [noiseFrames(2, 1)]);
    for (let step = 0; step < 3; step++) {
      await seeing.decode();
      for (const session of [blind, seeing]) await session.step(Int32Array.of(step), uniforms);
    }
    const want = await seeing.decode();
    calls.splice(0);
    expect(await blind.decode()).toEqual(want);
    expect(calls.filter((call) => /: (run|launch)$/.test(call))).toHaveLength(1);
    genie.close();
  });

  test("refuses frames of another size, and everything after it is closed", async () => {
    const session = await begin(["a"]);
    await expect(session.reset([0], [noiseFrames(1, 1, 32)])).rejects.toThrow(ShapeError);
    session.close();
    session.close();
    await expect(session.step(Int32Array.of(0), new Float32Array(world.uniformsPerStep))).rejects.toThrow(ClosedError);
    await expect(session.decode()).rejects.toThrow(ClosedError);
    await expect(session.reset([0], [noiseFrames(1, 1)])).rejects.toThrow(ClosedError);
  });

  test("that is closed with its world fails the steps that wait, by name", async () => {
    const own = tinyWorld(tinyGenie({}, 3));
    const session = await own.open(1);
    await session.reset([0], [noiseFrames(1, 1)]);
    const waiting = session.step(Int32Array.of(0), new Float32Array(own.uniformsPerStep));
    own.close();
    const outcome = await waiting.then(
      () => "done",
      (error: unknown) => (error instanceof ClosedError ? "closed" : error),
    );
    // An engine that computes at once has done so.
    expect(["done", "closed"]).toContain(outcome);
  });

  test("refuses rows that it has not, rows twice, and prompts that are missing or empty, and stays as it was", async () => {
    const session = await begin(["a", "bb"]);
    const before = await bytesOf(session, 1);
    const one = noiseFrames(1, 1);
    for (const rows of [[2], [-1], [0.5], [Number.NaN], [1, 1]]) {
      await expect(
        session.reset(
          rows,
          rows.map(() => one),
        ),
      ).rejects.toThrow(ShapeError);
    }
    await expect(session.reset([0, 1], [one])).rejects.toThrow(/a prompt for each of 2 rows, got 1/);
    await expect(session.reset([0, 1], [one, noiseFrames(0, 1)])).rejects.toThrow(/must have a frame.*row 1/);
    expect(await bytesOf(session, 1)).toBe(before);
  });

  test("without heads refuses to look ahead before it goes on", async () => {
    const session = await begin(["a"]);
    const before = await bytesOf(session, 0);
    const frame = { actions: Int32Array.of(0), uniforms: new Float32Array(world.uniformsPerStep) };
    const plan = [
      { ...frame, look: { tokens: true } },
      { ...frame, look: { outlook: true } },
    ];
    await expect(session.play?.(plan)).rejects.toThrow(/the world must have heads for an outlook, got none/);
    expect(await bytesOf(session, 0)).toBe(before);
  });

  test("refuses actions and uniforms of the wrong number", async () => {
    const session = await begin(["a"]);
    const uniforms = new Float32Array(world.uniformsPerStep);
    await expect(session.step(Int32Array.of(0, 1), uniforms)).rejects.toThrow(ShapeError);
    await expect(session.step(Int32Array.of(0), uniforms.slice(1))).rejects.toThrow(ShapeError);
  });
});
