import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../src/core/atomic-file.ts";
import { LoadConfig } from "../src/env/genie-options.ts";
import { CartPoleEnvConfig } from "../src/games/classic/cart-pole.ts";
import { MountainCarEnvConfig } from "../src/games/classic/mountain-car.ts";
import { PendulumEnvConfig } from "../src/games/classic/pendulum.ts";
import { RenderConfig } from "../src/games/classic/render.ts";
import { PlatformerConfig } from "../src/games/platformer/platformer-env.ts";

/*
 * Writes the tables of options in docs/games.md, from the schemas that the environments parse them by.
 *   npm run docs:options
 */

export const DOCUMENT = join(import.meta.dirname, "..", "docs", "games.md");

/** The options of each environment, by the name of its table. */
export const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  "Platformer-v0": PlatformerConfig,
  "CartPole-v1": CartPoleEnvConfig,
  "MountainCar-v0": MountainCarEnvConfig,
  "Pendulum-v1": PendulumEnvConfig,
  "Catch-v0": RenderConfig,
  Genie: LoadConfig,
};

type Property = z.core.JSONSchema.JSONSchema;

/** The document with every table as it should be. @throws Error for a table of no environment. */
export function withTables(document: string): string {
  return document.replace(/<!-- options ([\w-]+) -->[\s\S]*?<!-- \/options -->/g, (_, name: string) => {
    const schema = SCHEMAS[name];
    if (schema === undefined) throw new Error(`${DOCUMENT}: options must be of an environment, got ${name}`);
    return [`<!-- options ${name} -->`, "", ...table(schema), "", "<!-- /options -->"].join("\n");
  });
}

function table(schema: z.ZodType): string[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const rows = Object.entries(properties).map(([name, property]) => {
    if (typeof property === "boolean") throw new Error(`${DOCUMENT}: options must have values, got none for ${name}`);
    const { default: usual, description = "" } = property;
    const shown = usual === undefined ? "" : `\`${JSON.stringify(usual)}\``;
    return `| \`${name}\` | ${values(property)} | ${shown} | ${description} |`;
  });
  return ["| option | values | default | says |", "| --- | --- | --- | --- |", ...rows];
}

function values(property: Property | boolean): string {
  if (typeof property === "boolean") return "";
  if (property.enum) return property.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (property.anyOf) return property.anyOf.map(values).join(", ");
  if (property.prefixItems) return `[${property.prefixItems.map(values).join(", ")}]`;
  if (property.type === "null") return "`null`";
  return `${property.type ?? ""}${range(property)}`;
}

function range({ minimum, exclusiveMinimum, maximum = Infinity }: Property): string {
  const upTo = maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : "";
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}${upTo}`;
  return minimum === undefined ? "" : ` from ${minimum}${upTo}`;
}

if (process.argv[1] === import.meta.filename) {
  await writeFileAtomically(DOCUMENT, withTables(readFileSync(DOCUMENT, "utf8")));
}
