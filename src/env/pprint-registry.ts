import { parseEnvId } from "./env-id.ts";
import { registry } from "./registry.ts";

/** How `pprintRegistry` lays out its table. */
export type PprintOptions = {
  /** Ids side by side. Default 3. */
  readonly numCols?: number;
  readonly excludeNamespaces?: readonly string[];
};

/** The ids of all registered environments as a text for people: one block per namespace, sorted. */
export function pprintRegistry({ numCols = 3, excludeNamespaces = [] }: PprintOptions = {}): string {
  const blocks = new Map<string, string[]>();
  for (const id of [...registry.keys()].toSorted()) {
    const { namespace } = parseEnvId(id);
    if (namespace !== null && excludeNamespaces.includes(namespace)) continue;
    const title = namespace ?? "no namespace";
    blocks.set(title, [...(blocks.get(title) ?? []), id]);
  }
  return [...blocks].map(([title, ids]) => `===== ${title} =====\n${table(ids, numCols)}`).join("\n\n");
}

function table(ids: readonly string[], numCols: number): string {
  const width = Math.max(...ids.map((id) => id.length));
  const rows = Array.from({ length: Math.ceil(ids.length / numCols) }, (_, row) =>
    ids.slice(row * numCols, (row + 1) * numCols),
  );
  return rows
    .map((row) =>
      row
        .map((id) => id.padEnd(width))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
