import { parentPort } from "node:worker_threads";
import type { HostTensors } from "../core/host-tensor.ts";
import { serveCalls } from "../core/worker-client.ts";
import { OnnxExecutable } from "./onnx-executable.ts";
import { buffersOf, type WorkerRequest } from "./onnx-workers.ts";

/*
 * What a worker thread of `OnnxWorkers` runs: graphs that somebody else traced, one call after another.
 */

const executables = new Map<number, OnnxExecutable>();

async function answer(request: WorkerRequest): Promise<HostTensors[]> {
  if (request.kind === "open") {
    const { id, graph, options, sharesStateOf } = request;
    const owner = sharesStateOf === undefined ? undefined : executables.get(sharesStateOf);
    executables.set(id, await OnnxExecutable.open(graph, options, owner));
    return [];
  }
  if (request.kind === "settle") return [];
  const executable = executables.get(request.id);
  if (!executable) throw new Error(`executable ${request.id} must be open`);
  switch (request.kind) {
    case "run":
      return [await executable.run(request.inputs)];
    case "readState":
      return [await executable.readState(request.names)];
    case "writeState":
      executable.writeState(request.state);
      return [];
    case "readRows":
      return executable.readRows(request.rows);
    case "writeRows":
      executable.writeRows(request.rows, request.values);
      return [];
    case "close":
    default:
      executables.delete(request.id);
      executable.close();
      return [];
  }
}

serveCalls(parentPort, answer, buffersOf);
