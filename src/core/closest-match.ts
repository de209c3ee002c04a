/** Two words are alike when this share of their letters is common to both, in the same order. */
const ALIKE = 0.6;

/** The candidate most like `word`, whatever the case of their letters; null when none is alike. */
export function closestMatch(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let bestLikeness = ALIKE;
  for (const candidate of candidates) {
    const likeness = likenessOf(word.toLowerCase(), candidate.toLowerCase());
    if (likeness < bestLikeness || (likeness === bestLikeness && best !== null)) continue;
    best = candidate;
    bestLikeness = likeness;
  }
  return best;
}

/** The key that was meant by one that is none of the `known` ones: its twin in camel or in snake case, else what is like it. */
export function meantKey(key: string, known: readonly string[]): string | null {
  const camel = camelCase(key);
  return known.find((one) => camelCase(one) === camel) ?? closestMatch(camel, known);
}

/** In [0, 1]; 1 for equal words. */
function likenessOf(a: string, b: string): number {
  return (2 * commonLetters(a, b)) / (a.length + b.length);
}

/** The length of the longest common subsequence. */
function commonLetters(a: string, b: string): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const letter of a) {
    const next = [0];
    for (let i = 0; i < b.length; i++) {
      next.push(letter === b[i] ? Number(row[i]) + 1 : Math.max(Number(row[i + 1]), Number(next[i])));
    }
    row = next;
  }
  return Number(row[b.length]);
}

/** A name in snake case as this package spells it: `renderMode` for `render_mode`. Others stay as they are. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[A-Za-z\d])_+([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
}
