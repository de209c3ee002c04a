import { mkdtemp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  FileRecords,
  readRecordedFile,
  replaceFile,
  writeFileAtomically,
  writeFolderAtomically,
} from "../../src/core/atomic-file.ts";
import { CheckpointError } from "../../src/core/errors.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "atomic-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("writeFileAtomically", () => {
  it("replaces a file, makes missing folders and leaves no temporary file", async () => {
    const path = join(folder, "new", "file.txt");
    await writeFileAtomically(path, "old");
    await writeFileAtomically(path, "new");
    expect(await readFile(path, "utf8")).toBe("new");
    expect(await readdir(join(folder, "new"))).toEqual(["file.txt"]);
  });

  it("removes its temporary file when the rename fails", async () => {
    const path = join(folder, "taken");
    await mkdir(join(path, "inside"), { recursive: true });
    await expect(writeFileAtomically(path, "text")).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
    expect(await readdir(folder)).toEqual(["taken"]);
  });

  it("keeps one whole version when several writers race", async () => {
    const path = join(folder, "file.txt");
    const versions = Array.from({ length: 8 }, (_, i) => String(i).repeat(10_000));
    await Promise.all(versions.map((text) => writeFileAtomically(path, text)));
    expect(versions).toContain(await readFile(path, "utf8"));
    expect(await readdir(folder)).toEqual(["file.txt"]);
  });
});

describe("replaceFile", () => {
  it("keeps the old file, and no temporary one, when the writer fails half-way", async () => {
    const path = join(folder, "file.txt");
    await writeFileAtomically(path, "old");
    const half = replaceFile(path, async (temporary) => {
      await writeFile(temporary, "ne");
      throw new TypeError("stopped");
    });
    await expect(half).rejects.toThrow("stopped");
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["file.txt"]);
  });

  it("reports a place that cannot be written as the system does, before the writer runs", async () => {
    await writeFile(join(folder, "file"), "");
    const write = () => Promise.reject(new TypeError("the writer ran"));
    await expect(replaceFile(join(folder, "file", "below"), write)).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});

/** Writes a world of one data file that holds `text`. */
function writeWorld(text: string): Promise<FileRecords> {
  const data = { "model.bin": new TextEncoder().encode(text) };
  return writeFolderAtomically(folder, { data, configName: "world.json", config: { name: text } });
}

describe("writeFolderAtomically", () => {
  it("writes a config whose records lead back to the bytes", async () => {
    await writeWorld("first");
    const config: unknown = JSON.parse(await readFile(join(folder, "world.json"), "utf8"));
    expect(config).toMatchObject({ name: "first", files: { "model.bin": { bytes: 5 } } });
    const files = FileRecords.parse(Object(config).files);
    expect(new TextDecoder().decode(await readRecordedFile(folder, files, "model.bin"))).toBe("first");
  });

  it("leaves only the new version and files of others", async () => {
    await writeWorld("first");
    await writeFile(join(folder, "notes.0123456789ab.txt"), "mine");
    await writeFile(join(folder, "model.0123456789ab.bin.77-1.tmp"), "left by a crash");
    const files = await writeWorld("second");
    const left = new Set(await readdir(folder));
    expect(left).toEqual(new Set([files["model.bin"]?.file, "notes.0123456789ab.txt", "world.json"]));
  });

  it("never touches the data that the config in force names before the new config is there", async () => {
    const files = await writeWorld("first");
    await expect(
      writeFolderAtomically(folder, {
        data: { "model.bin": new Uint8Array(9) },
        configName: "world.json",
        config: { notJson: 1n },
      }),
    ).rejects.toThrow(TypeError);
    expect(new TextDecoder().decode(await readRecordedFile(folder, files, "model.bin"))).toBe("first");
  });
});

describe("readRecordedFile", () => {
  const record = { file: "a.bin", bytes: 3, sha256: "0".repeat(64) };

  it("rejects another size, another hash and a missing file", async () => {
    await expect(readRecordedFile(folder, { a: record }, "a")).rejects.toThrow(CheckpointError);
    await writeFile(join(folder, "a.bin"), "ab");
    await expect(readRecordedFile(folder, { a: record }, "a")).rejects.toThrow("must have 3 bytes, got 2");
    await writeFile(join(folder, "a.bin"), "abc");
    await expect(readRecordedFile(folder, { a: record }, "a")).rejects.toThrow("must have SHA-256");
  });

  it.each(["../a.bin", "/etc/passwd", "..\\a.bin", "sub/a.bin"])("rejects the name %s", async (file) => {
    await expect(readRecordedFile(folder, { a: { ...record, file } }, "a")).rejects.toThrow("must lie in this folder");
  });

  it("rejects a name that is not listed, or only inherited", async () => {
    await expect(readRecordedFile(folder, { a: record }, "b")).rejects.toThrow("must list b");
    await expect(readRecordedFile(folder, { a: record }, "toString")).rejects.toThrow(CheckpointError);
  });
});
