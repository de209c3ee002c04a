import { spawn } from "node:child_process";
import { ConfigError, DataError } from "../core/errors.ts";
import { findPrompt, firstPrompt } from "../model/find-world.ts";

/** What says where an episode starts. */
export type PromptChoice = {
  /** A file, the name of a prompt of this package, or with `promptHook` any text; the world's first prompt when left out. */
  readonly prompt?: string | undefined;
  /** A shell command of the user's that turns text into an image. */
  readonly promptHook?: string | undefined;
};

/** More is no prompt: pictures of this size are read, and then shrunk to a frame. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * The image that an episode starts from: a path, or the bytes that the hook made of the text.
 * @throws ConfigError for a hook without a text, or a world without a prompt; DataError when the hook fails.
 */
export async function choosePrompt({ prompt, promptHook }: PromptChoice, world: string): Promise<string | Uint8Array> {
  if (promptHook === undefined) return prompt === undefined ? firstPrompt(world) : findPrompt(prompt);
  if (prompt !== undefined) return imageFromText(prompt, promptHook);
  throw new ConfigError("--prompt-hook: a text is needed, got none - pass --prompt TEXT");
}

/**
 * The image that a shell command makes of a text: it reads the text on standard input, and writes the bytes of a PNG, JPEG,
 * WebP or GIF on standard output.
 * @throws DataError when it fails or writes nothing.
 */
export async function imageFromText(text: string, command: string): Promise<Uint8Array> {
  const child = spawn(command, { shell: true, stdio: ["pipe", "pipe", "inherit"] });
  const parts: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes <= MAX_BYTES) parts.push(part);
    else child.kill();
  });
  // A command need not read what it is given.
  child.stdin.on("error", () => {});
  child.stdin.end(text);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  if (bytes > MAX_BYTES)
    throw new DataError(`--prompt-hook: an image of at most ${MAX_BYTES} bytes is needed, got more`);
  if (status !== 0) throw new DataError(`--prompt-hook: the command must end with status 0, got ${status}: ${command}`);
  if (bytes > 0) return new Uint8Array(Buffer.concat(parts));
  throw new DataError(`--prompt-hook: an image is needed on standard output, got nothing from: ${command}`);
}
