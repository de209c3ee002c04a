/** What the system refused, and to which path where it says so. */
export type SystemError = Error & { readonly code?: string; readonly syscall: string; readonly path?: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a file stands where a folder must be",
  EEXIST: "a file stands where a folder must be",
  EISDIR: "it is a folder",
  EACCES: "it is not allowed to",
  EPERM: "it is not allowed to",
  EROFS: "the disk cannot be written",
  ENOSPC: "the disk is full",
  EMFILE: "too many files are open",
  EADDRINUSE: "another process uses the address",
};

/** Whether the system refused something: a file that is missing or not ours, a full disk, a port that is taken. */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && "syscall" in error && typeof error.syscall === "string";
}

/** What was refused, where and why, in a line, with the system's code: `runs/x: mkdir failed, it is a folder (EISDIR)`. */
export function describeSystemError(error: unknown): string {
  if (!isSystemError(error)) return error instanceof Error ? error.message : String(error);
  const { code = "", path, syscall, message } = error;
  const reason = REASONS[code];
  if (reason === undefined) return message;
  return `${path === undefined ? "" : `${path}: `}${syscall} failed, ${reason} (${code})`;
}
