/*
 * A server for the tests of the Python package: node --import tsx test/serve/echo-server.ts --attached --port 0
 * Echo/I is an environment of the I-th space of the tests whose observation is the action that it was given.
 */
import { once } from "node:events";
import { BaseEnv, SyncVectorEnv } from "../../src/env/index.ts";
import type { EnvInfo, ResetResult, Space, StepResult } from "../../src/env/index.ts";
import { serveEnvs } from "../../src/serve/index.ts";
import { SPACES } from "../env/spaces-cases.ts";

class EchoEnv extends BaseEnv<unknown, unknown> {
  readonly observationSpace: Space<unknown>;
  readonly actionSpace: Space<unknown>;

  constructor(id: string) {
    super();
    const make = SPACES[Number(id.split("/")[1])]?.[1];
    if (make === undefined) throw new Error(`no space of ${id}`);
    this.observationSpace = make();
    this.actionSpace = make();
    this.observationSpace.seed(1);
  }

  protected override begin(): ResetResult<unknown, EnvInfo> {
    return [this.observationSpace.sample(), {}];
  }

  protected override advance(action: unknown): StepResult<unknown, EnvInfo> {
    return [action, 0, false, false, { isMember: this.actionSpace.contains(action) }];
  }
}

const server = await serveEnvs({
  make: (id) => Promise.resolve(new EchoEnv(id)),
  makeVec: (id, { numEnvs }) =>
    Promise.resolve(new SyncVectorEnv(Array.from({ length: Number(numEnvs) }, () => () => new EchoEnv(id)))),
});
console.log(`listening on ${server.host}:${server.port}`);
await once(process.stdin.resume(), "end");
await server.close();
