import { basename } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { z } from "zod";
import { BackendError, CheckpointError, ConfigError, DataError, UnregisteredEnvError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { isSystemError } from "../core/system-error.ts";
import { exitStatus } from "./report-error.ts";

/**
 * The options of a program, `--name value` for each key of a schema, with `--help` from its descriptions, defaults and choices. From then
 * on what a wrong option, file or name leads to, and nothing catches, ends the program as it does `genie-env`: one line and status 2.
 * Any other error still shows where it was thrown.
 */
export function parseCommandLine<T extends z.ZodObject>(options: T): z.infer<T> {
  process.on("uncaughtException", endWith);
  const name = basename(process.argv[1] ?? "program");
  const command = new Command(name)
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll("\n", " ")}\n`) });
  const { properties = {} } = z.toJSONSchema(options);
  for (const [key, about] of Object.entries(properties)) command.addOption(optionOf(key, about));
  const given = command.parse().opts<Record<string, unknown>>();
  const values = command.options.map((option) => [option.name(), given[option.attributeName()]] as const);
  return parseOptions(options, Object.fromEntries(values), name);
}

function optionOf(key: string, about: z.core.JSONSchema._JSONSchema): Option {
  if (typeof about === "boolean") return new Option(`--${key} <value>`);
  const option = new Option(`--${key} <${about.type ?? "value"}>`, about.description).default(about.default);
  return about.enum === undefined ? option : option.choices(about.enum.map(String));
}

function endWith(error: unknown): never {
  process.exit(isOfInput(error) ? exitStatus(error) : reportBug(error));
}

function isOfInput(error: unknown): boolean {
  const kinds = [CommanderError, ConfigError, CheckpointError, DataError, BackendError, UnregisteredEnvError];
  return isSystemError(error) || kinds.some((Kind) => error instanceof Kind);
}

function reportBug(error: unknown): number {
  console.error(error);
  return 1;
}
