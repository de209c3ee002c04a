import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../core/errors.ts";
import { packageRoot } from "../core/package-root.ts";

/** The file that makes a folder a world. */
export const WORLD_FILE = "world.json";

/** The folder of a world, given as a folder or by the name of a bundled one. @throws ConfigError when there is none. */
export function findWorld(nameOrFolder: string): string {
  if (existsSync(join(nameOrFolder, WORLD_FILE))) return nameOrFolder;
  const names = bundledWorlds();
  if (names.includes(nameOrFolder)) return join(bundledFolder(), nameOrFolder);
  const bundled = names.length > 0 ? names.join(", ") : "there is none yet";
  throw new ConfigError(
    `world: must be a folder with a ${WORLD_FILE}, or the name of a bundled world (${bundled}), got ${nameOrFolder}`,
  );
}

/** The file beside `world.json` that says what a world's reward and end heads are. */
export const HEADS_FILE = "heads.json";

/** Whether reward and end heads lie beside a world, given by its folder. */
export function hasHeads(folder: string): boolean {
  return existsSync(join(folder, HEADS_FILE));
}

/** The names of the bundled worlds, sorted. */
export function bundledWorlds(): string[] {
  const folder = bundledFolder();
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => existsSync(join(folder, name, WORLD_FILE))).toSorted();
}

/** The prompt pictures in a world's folder: `prompt.png`, then `prompt-2.png` and so on. */
export function worldPrompts(folder: string): string[] {
  const stems = readdirSync(folder).flatMap((name) => /^(prompt.*)\.png$/.exec(name)?.[1] ?? []);
  return stems.toSorted().map((stem) => join(folder, `${stem}.png`));
}

/** The first of a world's prompt pictures. @throws ConfigError when there is none. */
export function firstPrompt(folder: string): string {
  const [prompt] = worldPrompts(folder);
  if (prompt !== undefined) return prompt;
  throw new ConfigError(`prompt: ${folder} must hold a prompt.png, got none - give an image (--prompt)`);
}

/** The folder of the prompts that come with this package and that no world has seen. */
const PROMPTS = "prompts";

/**
 * The file of a prompt, given as a file or by the name of one that comes with this package (`crayon`). A name that is
 * neither is returned as it is: whoever reads it says what is wrong.
 */
export function findPrompt(nameOrFile: string): string {
  const bundled = join(bundledFolder(), PROMPTS, `${nameOrFile}.png`);
  return !existsSync(nameOrFile) && bundledPrompts().includes(nameOrFile) ? bundled : nameOrFile;
}

/** The names of the prompts that come with this package, sorted. */
export function bundledPrompts(): string[] {
  const folder = join(bundledFolder(), PROMPTS);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.flatMap((file) => /^(.+)\.png$/.exec(file)?.[1] ?? []).toSorted();
}

/** The package's `worlds` folder. */
function bundledFolder(): string {
  return join(packageRoot(), "worlds");
}
