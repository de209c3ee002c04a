import { parseEnvId } from "./env-id.ts";
import { registry } from "./registry.ts";

/** How `pprintRegistry` lays out its table. */
export type PprintOptions = {
  /** Ids side by side. Default 3. */
  readonly numCols?: number;
  readonly excludeNamespaces?: readonly string[];
};

/** The ids of all registered environments as a text for people: one block for each namespace, sorted. */
export function pprintRegistry({ numCols = 3, excludeNamespaces = [] }: PprintOptions = {}): string {
  const ids = [...registry.keys()].toSorted();
  const namespaces = new Set(ids.map(namespaceOf));
  return [...namespaces]
    .filter((namespace) => !excludeNamespaces.includes(namespace))
    .toSorted()
    .map((namespace) => [
      `===== ${namespace || "no namespace"} =====`,
      ...table(
        ids.filter((id) => namespaceOf(id) === namespace),
        numCols,
      ),
    ])
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** Empty where an id has none. */
function namespaceOf(id: string): string {
  return parseEnvId(id).namespace ?? "";
}

function table(ids: readonly string[], numCols: number): string[] {
  const width = Math.max(...ids.map((id) => id.length));
  const rows = Array.from({ length: Math.ceil(ids.length / numCols) }, (_, row) =>
    ids.slice(row * numCols, (row + 1) * numCols),
  );
  return rows.map((row) =>
    row
      .map((id) => id.padEnd(width))
      .join("  ")
      .trimEnd(),
  );
}
