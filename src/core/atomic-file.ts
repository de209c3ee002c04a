import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { z } from "zod";
import { CheckpointError } from "./errors.ts";
import { describeSystemError } from "./system-error.ts";

/** What a folder's config remembers of one of its data files. */
export const FileRecord = z.strictObject({
  file: z.string().describe("name on disk, in the config's own folder; it contains part of the hash"),
  bytes: z.int().nonnegative(),
  sha256: z.string().describe("SHA-256 of the content, 64 hex digits"),
});
export type FileRecord = z.infer<typeof FileRecord>;

/** The data files of a folder by their plain names, as the config's `files` lists them. */
export const FileRecords = z.record(z.string(), FileRecord);
export type FileRecords = Readonly<z.infer<typeof FileRecords>>;

/** A folder of data files and the JSON config that names them. */
export type FolderContent = {
  /** The data files by their plain names, such as `{ "model.safetensors": bytes }`. */
  readonly data: Readonly<Record<string, Uint8Array>>;
  /** The config's file name, such as `world.json`. */
  readonly configName: string;
  /** The config, plain JSON; `files` (FileRecords) is added to it. */
  readonly config: Readonly<Record<string, unknown>>;
};

const HASH_DIGITS = 12;
let temporaryFiles = 0;

/**
 * Replaces the file at `path` with what `write` puts at the temporary path it is handed: after a crash at any point the
 * old file or the new one is there, never half of one. Makes the folder if it is missing.
 */
export async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  temporaryFiles += 1;
  const temporary = `${path}.${process.pid}-${temporaryFiles}.tmp`;
  try {
    // Made here, so that a place that cannot be written is the system's error whoever writes.
    await writeFile(temporary, "");
    await write(temporary);
    await syncFile(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Writes a whole file as `replaceFile` does; text is UTF-8. */
export function writeFileAtomically(path: string, content: Uint8Array | string): Promise<void> {
  return replaceFile(path, (temporary) => writeFile(temporary, content));
}

/**
 * Writes a folder so that after a crash at any point its config names whole files, old or new.
 *
 * Data files go first, under names that contain their hash, so that they never overwrite those of the config in force;
 * renaming the config switches to them; what it replaced is removed last. Returns the config's `files`.
 */
export async function writeFolderAtomically(
  folder: string,
  { data, configName, config }: FolderContent,
): Promise<FileRecords> {
  const files: Record<string, FileRecord> = {};
  for (const [name, content] of Object.entries(data)) {
    const record = recordOf(name, content);
    await writeFileAtomically(join(folder, record.file), content);
    files[name] = record;
  }
  await writeFileAtomically(join(folder, configName), `${JSON.stringify({ ...config, files }, null, 2)}\n`);
  await removeReplaced(folder, files);
  return files;
}

/**
 * The bytes of the data file that a config lists under the plain name `name`.
 * @throws CheckpointError when it is not listed, is missing, has another size or hash, or lies outside the folder.
 */
export async function readRecordedFile(folder: string, files: FileRecords, name: string): Promise<Uint8Array> {
  const record = Object.hasOwn(files, name) ? files[name] : undefined;
  if (record === undefined) {
    throw new CheckpointError(`${folder}: files must list ${name}, got [${Object.keys(files).join(", ")}]`);
  }
  if (/[/\\]/.test(record.file)) {
    throw new CheckpointError(`${folder}: ${name} must lie in this folder, got ${JSON.stringify(record.file)}`);
  }
  const path = join(folder, record.file);
  const content = await readCheckpointFile(path);
  if (content.length !== record.bytes) {
    throw new CheckpointError(`${path}: must have ${record.bytes} bytes, got ${content.length} - fetch it again`);
  }
  const sha256 = sha256Of(content);
  if (sha256 === record.sha256) return content;
  throw new CheckpointError(`${path}: must have SHA-256 ${record.sha256}, got ${sha256} - fetch it again`);
}

/**
 * The bytes of a file of a checkpoint.
 * @throws CheckpointError when it is missing or cannot be read; `cause` is the system's error.
 */
export async function readCheckpointFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CheckpointError(`${path}: must be a readable file, got none: ${describeSystemError(error)}`, {
      cause: error,
    });
  }
}

function recordOf(name: string, content: Uint8Array): FileRecord {
  const sha256 = sha256Of(content);
  const extension = extname(name);
  const file = `${basename(name, extension)}.${sha256.slice(0, HASH_DIGITS)}${extension}`;
  return { file, bytes: content.length, sha256 };
}

function sha256Of(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Removes other versions of `files`, and what a crashed writer left. */
async function removeReplaced(folder: string, files: FileRecords): Promise<void> {
  const current = new Set(Object.values(files).map((record) => record.file));
  const plainNames = new Set(Object.keys(files));
  const replaced = (await readdir(folder)).filter((file) => {
    const plain = file.replace(/\.[0-9a-f]{12}(?=\.|$)/, "").replace(/\.\d+-\d+\.tmp$/, "");
    return plain !== file && plainNames.has(plain) && !current.has(file);
  });
  await Promise.all(replaced.map((file) => rm(join(folder, file), { force: true })));
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename durable. Windows cannot open folders; its renames are journalled. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
