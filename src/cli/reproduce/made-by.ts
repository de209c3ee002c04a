import type { MadeBy } from "../machine.ts";

/** Revisions that results were made by, each once; those of before they were recorded are of an unknown one. */
export function revisionsOf(results: readonly { readonly madeBy?: MadeBy | undefined }[]): readonly string[] {
  return [...new Set(results.map(({ madeBy }) => madeBy?.revision ?? "unknown"))];
}

/** Rows of a table; several of one name are told together. */
type Row = { readonly name: string; readonly revisions?: readonly string[] | undefined };

/** A line of a table that says which revisions its rows are of; none where all are of one. */
export function revisionsLine(rows: readonly Row[]): readonly string[] {
  const told = (some: readonly Row[]) => [...new Set(some.flatMap(({ revisions = [] }) => revisions))].join(", ");
  const all = told(rows);
  if (!all.includes(", ")) return [];
  const names = [...new Set(rows.map(({ name }) => name))];
  const own = names.map((name) => ({ name, revisions: told(rows.filter((row) => row.name === name)) }));
  const isEvery = own.every(({ revisions }) => revisions === all);
  const parts = isEvery ? [`all (${all})`] : own.map(({ name, revisions }) => `${name} (${revisions})`);
  return ["", `Rows are of more than one revision: ${parts.join("; ")}.`];
}
