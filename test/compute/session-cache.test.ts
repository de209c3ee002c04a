import { expect, test } from "vitest";
import { compile } from "../../src/compute/onnx-engine.ts";
import { SessionCache, type Releasable } from "../../src/compute/session-cache.ts";
import { accumulate, counter, mismatches, vector } from "./counter.ts";

const BYTES = Uint8Array.of(1, 2, 3);

class FakeSession implements Releasable {
  timesReleased = 0;

  release = async () => {
    this.timesReleased++;
  };
}

function sessions() {
  const opened: FakeSession[] = [];
  const create = async () => {
    const session = new FakeSession();
    opened.push(session);
    return session;
  };
  return { opened, create, cache: new SessionCache<FakeSession>() };
}

test("a file is opened once, and closed by its last user", async () => {
  const { opened, create, cache } = sessions();
  const [first, second] = await Promise.all([cache.share(BYTES, {}, create), cache.share(BYTES.slice(), {}, create)]);
  expect(first.session).toBe(second.session);
  first.leave();
  expect(opened[0]?.timesReleased).toBe(0);
  second.leave();
  expect(opened[0]?.timesReleased).toBe(1);
  (await cache.share(BYTES, {}, create)).leave();
  expect(opened).toHaveLength(2);
});

test("other bytes and other options have sessions of their own", async () => {
  const { opened, create, cache } = sessions();
  const users = [
    await cache.share(BYTES, {}, create),
    await cache.share(BYTES, { threads: 1 }, create),
    await cache.share(Uint8Array.of(1, 2), {}, create),
  ];
  expect(opened).toHaveLength(3);
  for (const user of users) user.leave();
});

test("a file that does not open is tried again the next time", async () => {
  const { opened, create, cache } = sessions();
  const failing = () => Promise.reject(new Error("broken"));
  await expect(cache.share(BYTES, {}, failing)).rejects.toThrow("broken");
  (await cache.share(BYTES, {}, create)).leave();
  expect(opened).toHaveLength(1);
});

test("executables of one graph keep their states apart, and one goes on when the other is closed", async () => {
  const [one, other] = [await compile(accumulate, counter), await compile(accumulate, counter)];
  await one.run({ x: vector(1, 2) });
  await one.run({ x: vector(1, 2) });
  one.close();
  expect(mismatches(await other.run({ x: vector(1, 2) }), { doubled: vector(2, 4) })).toEqual([]);
  expect(mismatches(await other.readState(), { total: vector(1, 2) })).toEqual([]);
  other.close();
});
