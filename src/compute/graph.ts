import { createHash } from "node:crypto";
import type { DType, HostTensor, TensorSpec } from "../core/host-tensor.ts";
import { ATTRIBUTE_TYPE, ELEMENT_TYPE, encodeModel } from "./onnx-schema.ts";

/** The name of a value (an edge) in an ONNX graph. */
export type ValueName = string;

/** Attributes of a node: integers as `number`, floats as `{ float }`. */
export type Attributes = Readonly<Record<string, number | readonly number[] | string | { readonly float: number }>>;

type Node = {
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly ValueName[];
  readonly outputs: readonly ValueName[];
  readonly attributes: Attributes;
};

type Initializer = { readonly type: number; readonly dims: readonly number[]; readonly bytes: Uint8Array };

/** ONNX operator set of every graph we write: 21 (ONNX 1.16), the newest that all supported runtimes read. */
const OPSET = 21;
const IR_VERSION = 10;
/** ONNX Runtime's own operators. */
export const RUNTIME_DOMAIN = "com.microsoft";

/** How the names begin that a graph gives its own values: the names of inputs, constants and outputs must not. */
export const OWN_NAME = "%";

/** Builds one ONNX graph. Equal nodes and equal constants are shared; nodes that no output needs are left out. */
export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<ValueName, Initializer>();
  readonly #shared = new Map<string, readonly ValueName[]>();
  /** What a reshaped value was before. */
  readonly #reshaped = new Map<ValueName, ValueName>();
  /** Values that no input changes. */
  readonly #constants = new Set<ValueName>();
  #count = 0;

  /** Adds a node, or finds the equal one that is there already; returns the names of its outputs. */
  node(
    opType: string,
    inputs: readonly ValueName[],
    attributes: Attributes = {},
    outputs = 1,
    domain = "",
  ): ValueName[] {
    const key = JSON.stringify([domain, opType, inputs, attributes]);
    const known = this.#shared.get(key);
    if (known) return [...known];
    const names = Array.from({ length: outputs }, () => this.#fresh(opType));
    this.#nodes.push({ opType, domain, inputs, outputs: names, attributes });
    this.#shared.set(key, names);
    if (inputs.length > 0 && inputs.every((input) => this.isConstant(input))) {
      for (const made of names) this.#constants.add(made);
    }
    return names;
  }

  /** Whether a value is the same in every run: a constant, or made of constants alone. The runtime computes it once. */
  isConstant(value: ValueName): boolean {
    return this.#constants.has(value);
  }

  /** Adds a node with one output and returns its name. */
  op(opType: string, inputs: readonly ValueName[], attributes: Attributes = {}, domain = ""): ValueName {
    return this.node(opType, inputs, attributes, 1, domain)[0] ?? "";
  }

  /** A constant tensor. Equal ones are shared, unless they are named. */
  constant(tensor: HostTensor, name?: string): ValueName {
    const { data, shape, dtype } = tensor;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.#initializer({ type: ELEMENT_TYPE[dtype], dims: shape, bytes }, name);
  }

  /** A rank-0 constant. */
  scalar(value: number, dtype: DType): ValueName {
    return this.constant(scalarTensor(value, dtype));
  }

  /** uint8 constants, which no tensor of ours holds: the zero points of quantised values. Rank 0 unless there are `rows`. */
  uint8(value: number, rows?: number): ValueName {
    const bytes = new Uint8Array(rows ?? 1).fill(value);
    return this.#initializer({ type: ELEMENT_TYPE.uint8, dims: rows === undefined ? [] : [rows], bytes });
  }

  /** A rank-1 int64 constant: axes, shapes, repeats. */
  int64(values: readonly number[]): ValueName {
    const bytes = new Uint8Array(BigInt64Array.from(values.map((value) => BigInt(value))).buffer);
    return this.#initializer({ type: ELEMENT_TYPE.int64, dims: [values.length], bytes });
  }

  /** The value under another shape of the same size. A reshape of a reshape is one reshape. */
  reshape(value: ValueName, shape: readonly number[]): ValueName {
    const source = this.#reshaped.get(value) ?? value;
    // Without allowzero, a size of 0 would mean "as in the source".
    const result = this.op("Reshape", [source, this.int64(shape)], { allowzero: 1 });
    this.#reshaped.set(result, source);
    return result;
  }

  /** A tensor of one value everywhere, stored as a scalar so that the file stays small. */
  fill(value: number, shape: readonly number[], dtype: DType): ValueName {
    const scalar = this.scalar(value, dtype);
    return shape.length === 0 ? scalar : this.op("Expand", [scalar, this.int64(shape)]);
  }

  /** The bytes of the ONNX file. `outputs` maps the names that the outside sees to values of this graph. */
  encode(
    name: string,
    inputs: Readonly<Record<string, TensorSpec>>,
    outputs: Readonly<Record<string, { readonly value: ValueName; readonly spec: TensorSpec }>>,
  ): Uint8Array {
    const results = Object.entries(outputs);
    const nodes = this.#reachable(this.#withOutputs(results), new Set(results.map(([output]) => output)));
    const used = new Set(nodes.flatMap((node) => node.inputs));
    return encodeModel({
      ir_version: IR_VERSION,
      producer_name: "genie-env",
      opset_import: [
        { domain: "", version: OPSET },
        { domain: RUNTIME_DOMAIN, version: 1 },
      ],
      graph: {
        name,
        node: nodes.map(encodeNode),
        initializer: [...this.#initializers].filter(([key]) => used.has(key)).map(encodeInitializer),
        input: Object.entries(inputs).map(([input, spec]) => valueInfo(input, spec)),
        output: results.map(([output, { spec }]) => valueInfo(output, spec)),
      },
    });
  }

  /** All nodes, with results under the names of outputs. What no node makes, or two outputs share, is copied. */
  #withOutputs(outputs: readonly (readonly [string, { readonly value: ValueName }])[]): Node[] {
    const made = new Set(this.#nodes.flatMap((node) => node.outputs));
    const renamed = new Map<ValueName, string>();
    const copies: Node[] = [];
    for (const [output, { value }] of outputs) {
      if (made.has(value) && !renamed.has(value)) renamed.set(value, output);
      else copies.push({ opType: "Identity", domain: "", inputs: [value], outputs: [output], attributes: {} });
    }
    const rename = (names: readonly ValueName[]) => names.map((name) => renamed.get(name) ?? name);
    return [...this.#nodes, ...copies].map((node) => ({
      ...node,
      inputs: rename(node.inputs),
      outputs: rename(node.outputs),
    }));
  }

  /** The nodes that `wanted` depends on, in order. */
  #reachable(nodes: readonly Node[], wanted: Set<ValueName>): Node[] {
    const kept = nodes.toReversed().filter((node) => {
      if (!node.outputs.some((output) => wanted.has(output))) return false;
      for (const input of node.inputs) wanted.add(input);
      return true;
    });
    return kept.toReversed();
  }

  #initializer(initializer: Initializer, name?: string): ValueName {
    const { type, dims, bytes } = initializer;
    if (name !== undefined) {
      this.#initializers.set(name, initializer);
      this.#constants.add(name);
      return name;
    }
    const key = `const:${type}:${dims.join()}:${createHash("sha256").update(bytes).digest("hex")}`;
    const [known] = this.#shared.get(key) ?? [];
    if (known !== undefined) return known;
    const fresh = this.#fresh("const");
    this.#initializers.set(fresh, initializer);
    this.#constants.add(fresh);
    this.#shared.set(key, [fresh]);
    return fresh;
  }

  #fresh(prefix: string): ValueName {
    this.#count += 1;
    return `${OWN_NAME}${prefix}_${this.#count}`;
  }
}

function scalarTensor(value: number, dtype: DType): HostTensor {
  if (dtype === "float32") return { dtype, shape: [], data: Float32Array.of(value) };
  if (dtype === "int32") return { dtype, shape: [], data: Int32Array.of(value) };
  return { dtype, shape: [], data: Uint8Array.of(value) };
}

function encodeNode(node: Node): Record<string, unknown> {
  return {
    input: node.inputs,
    output: node.outputs,
    name: node.outputs[0],
    op_type: node.opType,
    domain: node.domain,
    attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
  };
}

function encodeAttribute(name: string, value: Attributes[string]): Record<string, unknown> {
  if (typeof value === "number") return { name, i: value, type: ATTRIBUTE_TYPE.int };
  if (typeof value === "string") return { name, s: new TextEncoder().encode(value), type: ATTRIBUTE_TYPE.string };
  if ("float" in value) return { name, f: value.float, type: ATTRIBUTE_TYPE.float };
  return { name, ints: value, type: ATTRIBUTE_TYPE.ints };
}

function encodeInitializer([name, { type, dims, bytes }]: [ValueName, Initializer]): Record<string, unknown> {
  return { name, dims, data_type: type, raw_data: bytes };
}

function valueInfo(name: string, spec: TensorSpec): Record<string, unknown> {
  const dim = spec.shape.map((size) => ({ dim_value: size }));
  return { name, type: { tensor_type: { elem_type: ELEMENT_TYPE[spec.dtype], shape: { dim } } } };
}
