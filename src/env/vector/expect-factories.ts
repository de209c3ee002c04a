import { ConfigError } from "../../core/errors.ts";
import { describe } from "../describe.ts";

/** Functions that make a row each. @throws ConfigError for anything else, as environments that are made already. */
export function expectFactories<F>(factories: readonly F[], where: string): readonly F[];
export function expectFactories(factories: unknown, where: string): unknown {
  const list: readonly unknown[] = Array.isArray(factories) ? factories : [];
  const wrong = Array.isArray(factories) ? list.find((factory) => typeof factory !== "function") : factories;
  if (Array.isArray(factories) && wrong === undefined) return factories;
  throw new ConfigError(
    `${where}: a list of functions that make an environment each is needed, got ${describe(wrong)} - pass [() => env]`,
  );
}
