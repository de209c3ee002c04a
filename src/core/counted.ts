/** A number of things, in words: `1 core`, `2 cores`. `noun`: one that takes an s. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
