import type { Engine, Executable, PrepareOptions } from "../compute/engine.ts";
import type { TensorFunction } from "../compute/trace.ts";
import type { HostTensor, HostTensors } from "../core/host-tensor.ts";

type PartialGraph = { readonly fn: TensorFunction; readonly options: PrepareOptions };

/** A stateful graph over rows, and its twin that changes the active rows only (made when first needed). */
export class RowGraph {
  readonly #engine: Engine;
  readonly #whole: Executable;
  readonly #partial: PartialGraph;
  #twin: Executable | null = null;

  private constructor(engine: Engine, whole: Executable, partial: PartialGraph) {
    this.#engine = engine;
    this.#whole = whole;
    this.#partial = partial;
  }

  /** Prepares `fn`; `partial` is the same for active rows only, with inputs of its own and the same state. */
  static async prepare(
    engine: Engine,
    fn: TensorFunction,
    options: PrepareOptions,
    partial: PartialGraph,
  ): Promise<RowGraph> {
    return new RowGraph(engine, await engine.prepare(fn, options), partial);
  }

  /** Runs all rows. */
  run(inputs: HostTensors): Promise<HostTensors> {
    return this.#whole.run(inputs);
  }

  /** Runs the twin on the same state. The state travels through the host, so this is for resets, not for steps. */
  async runPartial(inputs: HostTensors): Promise<HostTensors> {
    const { fn, options } = this.#partial;
    this.#twin ??= await this.#engine.prepare(fn, options);
    this.#twin.writeState(await this.#whole.readState());
    const outputs = await this.#twin.run(inputs);
    this.#whole.writeState(await this.#twin.readState());
    return outputs;
  }

  /** One row of every state tensor. */
  async readRow(row: number): Promise<HostTensors> {
    const state = await this.#whole.readState();
    return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [name, rowOf(tensor, row)]));
  }

  /** Replaces rows of the state: per row the tensors to replace, each [1, ...], the same ones for every row. */
  async writeRows(rows: ReadonlyMap<number, HostTensors>): Promise<void> {
    const [first] = rows.values();
    if (!first) return;
    const state = await this.#whole.readState(Object.keys(first));
    for (const [row, values] of rows) {
      for (const [name, tensor] of Object.entries(state)) {
        const value = values[name];
        if (value) tensor.data.set(value.data, row * value.data.length);
      }
    }
    this.#whole.writeState(state);
  }

  close(): void {
    this.#whole.close();
    this.#twin?.close();
  }
}

/** Row `row` of a tensor [B, ...], as [1, ...] in memory of its own. */
export function rowOf(tensor: HostTensor, row: number): HostTensor {
  const [rows = 1, ...rest] = tensor.shape;
  const length = tensor.data.length / rows;
  const shape = [1, ...rest];
  const [start, end] = [row * length, (row + 1) * length];
  if (tensor.dtype === "float32") return { dtype: "float32", shape, data: tensor.data.slice(start, end) };
  if (tensor.dtype === "int32") return { dtype: "int32", shape, data: tensor.data.slice(start, end) };
  return { dtype: "bool", shape, data: tensor.data.slice(start, end) };
}
