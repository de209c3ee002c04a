import { isDeepStrictEqual } from "node:util";

/** The settings of a plan that are not those it began with, as people read them: `steps 20 in place of 10`. */
export function differences(began: object, asked: object): string[] {
  const [before, now] = [began, asked].map((plan) => new Map<string, unknown>(Object.entries(plan)));
  return [...new Set([...(before?.keys() ?? []), ...(now?.keys() ?? [])])].flatMap((name) => {
    const [old, given] = [before?.get(name), now?.get(name)];
    return isDeepStrictEqual(old, given) ? [] : [`${name} ${tell(given)} in place of ${tell(old)}`];
  });
}

function tell(value: unknown): string {
  return value === undefined ? "none" : JSON.stringify(value);
}
