import type { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import { concatenate, expectSpace } from "./batching.ts";
import type { BatchOf } from "./rows.ts";
import { optionsOfParts } from "./sampling.ts";
import type { SampleOptions } from "./sampling.ts";
import { planParts } from "./seeds.ts";
import type { Seed, SeedPlan } from "./seeds.ts";
import { rowsOf } from "./sequence.ts";
import { expectSpaceOptions } from "./space-options.ts";
import { Space } from "./space.ts";
import type { SpaceJson } from "./space-json.ts";
import { listBatch } from "./tuple.ts";
import type { TupleSpace } from "./tuple.ts";
import { customSchema, listSchema } from "./value-schema.ts";

/** A graph: its nodes, its edges, and for each edge the numbers of its two nodes (int32 [edges, 2]). */
export type GraphInstance<N, E> = {
  readonly nodes: BatchOf<N>;
  readonly edges: BatchOf<E> | null;
  readonly edgeLinks: Int32Array | null;
};

/** How a graph is drawn: masks and probabilities are a pair, of each node and of each edge. */
export type GraphSampleOptions = SampleOptions & {
  /** 10 by default. */
  readonly numNodes?: number;
  /** Below numNodes * (numNodes - 1) at random by default. */
  readonly numEdges?: number;
};

/**
 * Graphs of one node or more, whose nodes are members of one space and whose edges are members of another; without an
 * edge space, or without edges, `edges` and `edgeLinks` are null. Seeds are a list: this space's, the nodes', the edges'.
 */
export class Graph<N, E = never> extends Space<GraphInstance<N, E>> {
  readonly shape = null;
  readonly nodeSpace: Space<N>;
  readonly edgeSpace: Space<E> | null;
  protected override readonly sampleKeys = ["mask", "probability", "numNodes", "numEdges"];

  /** @throws ConfigError for what is no space. */
  constructor(nodeSpace: Space<N>, edgeSpace: Space<E> | null = null, options: { readonly rng?: Rng } = {}) {
    expectSpaceOptions(options, ["rng"], "Graph");
    super(options.rng);
    this.nodeSpace = expectSpace(nodeSpace, "Graph");
    this.edgeSpace = edgeSpace && expectSpace(edgeSpace, "Graph");
  }

  override planSeed(seed?: Seed): SeedPlan {
    const own = (part?: Seed) => super.planSeed(part);
    const planners = this.#spaces().map((space) => (part?: Seed) => space.planSeed(part));
    return planParts(seed, [own, ...planners], "Graph.seed");
  }

  override sample(options?: GraphSampleOptions): GraphInstance<N, E> {
    return super.sample(options);
  }

  sampler(options: GraphSampleOptions): () => GraphInstance<N, E> {
    const [node = {}, edge = {}] = optionsOfParts(options, 2, "Graph.sample");
    const numNodes = expectNumber(options.numNodes ?? 10, 1, "numNodes");
    const numEdges = expectNumber(options.numEdges ?? 0, 0, "numEdges");
    const { nodeSpace, edgeSpace } = this;
    if (edgeSpace === null && numEdges > 0) throw new ConfigError("Graph.sample: edges need an edge space, got none");
    const drawNode = nodeSpace.sampler(node);
    const drawEdge = edgeSpace?.sampler(edge);
    return () => {
      const nodes = concatenate(nodeSpace, Array.from({ length: numNodes }, drawNode));
      const length = options.numEdges ?? this.rng.integer(Math.max(1, numNodes * (numNodes - 1)));
      if (edgeSpace === null || drawEdge === undefined || length === 0) return { nodes, edges: null, edgeLinks: null };
      const edges = concatenate(edgeSpace, Array.from({ length }, drawEdge));
      return { nodes, edges, edgeLinks: Int32Array.from({ length: 2 * length }, () => this.rng.integer(numNodes)) };
    };
  }

  contains(value: unknown): value is GraphInstance<N, E> {
    if (typeof value !== "object" || value === null) return false;
    const { nodes, edges, edgeLinks, ...others }: Readonly<Record<string, unknown>> = { ...value };
    const inner = rowsOf(this.nodeSpace, nodes);
    if (inner === null || inner.length === 0 || Object.keys(others).length > 0) return false;
    if (!inner.every((node) => this.nodeSpace.contains(node))) return false;
    if (edges === null) return edgeLinks === null;
    return edgeLinks instanceof Int32Array && this.#hasEdges(edges, edgeLinks, inner.length);
  }

  batch(n: number): TupleSpace<readonly GraphInstance<N, E>[]> {
    return listBatch(this, n);
  }

  copy(): Graph<N, E> {
    return new Graph(this.nodeSpace.copy(), this.edgeSpace?.copy() ?? null, { rng: this.copyRng() });
  }

  override valueToJSON({ nodes, edges, edgeLinks }: GraphInstance<N, E>): unknown {
    const links = edgeLinks && [...edgeLinks];
    return {
      nodes: listToJSON(this.nodeSpace, nodes),
      edges: this.edgeSpace && edges && listToJSON(this.edgeSpace, edges),
      edge_links: links && links.flatMap((from, i) => (i % 2 === 0 ? [[from, links[i + 1]]] : [])),
    };
  }

  toJSON(): SpaceJson {
    return { type: "Graph", node_space: this.nodeSpace.toJSON(), edge_space: this.edgeSpace?.toJSON() ?? null };
  }

  override toString(): string {
    return `Graph(${String(this.nodeSpace)}, ${String(this.edgeSpace)})`;
  }

  protected override readJSON(json: unknown): unknown {
    if (typeof json !== "object" || json === null) return undefined;
    const { nodes, edges, edge_links: links, ...others }: Readonly<Record<string, unknown>> = { ...json };
    return {
      ...others,
      nodes: listFromJSON(this.nodeSpace, nodes),
      edges: this.edgeSpace && edges !== null ? listFromJSON(this.edgeSpace, edges) : edges,
      edgeLinks: Array.isArray(links) ? Int32Array.from(links.flat().map(Number)) : links,
    };
  }

  protected override makeSchema(): z.ZodType<GraphInstance<N, E>> {
    return customSchema(
      (value): value is GraphInstance<N, E> => this.contains(value),
      String(this),
      () => graphSchema(this.nodeSpace, this.edgeSpace),
    );
  }

  #spaces(): Space<unknown>[] {
    return this.edgeSpace === null ? [this.nodeSpace] : [this.nodeSpace, this.edgeSpace];
  }

  #hasEdges(edges: unknown, links: Int32Array, numNodes: number): boolean {
    const { edgeSpace } = this;
    const inner = edgeSpace && rowsOf(edgeSpace, edges);
    if (edgeSpace === null || inner === null || inner.length === 0 || links.length !== 2 * inner.length) return false;
    return links.every((node) => node >= 0 && node < numNodes) && inner.every((edge) => edgeSpace.contains(edge));
  }
}

function listToJSON(space: Space<unknown>, batch: unknown): unknown[] {
  return (rowsOf(space, batch) ?? []).map((value) => space.valueToJSON(value));
}

function listFromJSON(space: Space<unknown>, json: unknown): unknown {
  if (!Array.isArray(json)) return undefined;
  return concatenate(
    space,
    json.map((value) => space.valueFromJSON(value)),
  );
}

function graphSchema(nodeSpace: Space<unknown>, edgeSpace: Space<unknown> | null): object {
  const link = { type: "array", items: { type: "integer", minimum: 0 }, minItems: 2, maxItems: 2 };
  const none = { type: "null" };
  return {
    type: "object",
    properties: {
      nodes: listSchema(nodeSpace),
      edges: edgeSpace === null ? none : { anyOf: [listSchema(edgeSpace), none] },
      edge_links: edgeSpace === null ? none : { anyOf: [{ type: "array", items: link }, none] },
    },
    required: ["nodes", "edges", "edge_links"],
    additionalProperties: false,
  };
}

function expectNumber(count: number, least: number, name: string): number {
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw new ConfigError(`Graph.sample: ${name} must be a whole number of ${least} or more, got ${count}`);
}
