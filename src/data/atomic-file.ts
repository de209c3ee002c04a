import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Replaces the file at `path` with what `write` puts at the temporary path it is handed: after a crash the old file or
 * the new one is there, never half of one. Missing folders are made.
 */
export async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await write(temporary);
    await sync(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes `bytes` (text is UTF-8) to `path` as `replaceFile` does. */
export async function writeFileAtomically(path: string, bytes: Uint8Array | string): Promise<void> {
  await replaceFile(path, async (temporary) => {
    await using file = await open(temporary, "w");
    await file.writeFile(bytes);
  });
}

async function sync(path: string): Promise<void> {
  await using file = await open(path, "r+");
  await file.sync();
}
