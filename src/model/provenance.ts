import { posix } from "node:path";
import { z } from "zod";

/** A folder of videos that `genie-env record` wrote: these options make the same videos again. */
export const RecordingSource = z.strictObject({
  folder: z.string().describe("where its videos lie below the folder of all; empty for that folder itself"),
  env: z.string(),
  player: z.string(),
  difficulty: z.string(),
  levels: z.tuple([z.int().nonnegative(), z.int().nonnegative()]).describe("the first and the last level"),
  seed: z.number(),
  frames: z.int().positive(),
  videos: z.int().nonnegative().describe("how many of its videos were trained on"),
});
export type RecordingSource = z.infer<typeof RecordingSource>;

/** What a world remembers of its training videos, so that nobody measures it on them. */
export const Provenance = z.strictObject({
  videos: z.array(z.string()).describe("names of the videos it was trained on: never evaluate on these"),
  recordings: z
    .array(RecordingSource)
    .optional()
    .describe("recordings of games it was trained on as well, whose videos are not listed one by one"),
  hashes: z
    .array(z.string())
    .optional()
    .describe("content hashes of `videos`, in the same order, as older worlds have them; the oldest have none"),
  fingerprints: z
    .base64()
    .optional()
    .describe("the first 6 bytes of the content hash of every video it was trained on, one after another, sorted"),
});
export type Provenance = z.infer<typeof Provenance>;

/** What runs know of their videos: names, content hashes in the same order, and the recordings among their folders. */
export type TrainingVideos = {
  readonly names: readonly string[];
  readonly hashes: readonly string[] | undefined;
  readonly recordings?: readonly RecordingSource[] | undefined;
};

const FINGERPRINT_BYTES = 6;

/** The compact form: of a recording's videos no name is kept, of a hash only as much as tells videos apart. */
export function provenanceOf({ names, hashes, recordings = [] }: TrainingVideos): Provenance {
  const used = recordings
    .map((recording) => ({ ...recording, videos: names.filter((name) => isOf(recording, name)).length }))
    .filter(({ videos }) => videos > 0);
  return {
    videos: names.filter((name) => !used.some((recording) => isOf(recording, name))),
    ...(used.length > 0 && { recordings: used }),
    ...(hashes && { fingerprints: joinFingerprints(hashes) }),
  };
}

/** How many videos a world was trained on. */
export function countVideos({ videos, recordings = [] }: Provenance): number {
  return recordings.reduce((sum, recording) => sum + recording.videos, videos.length);
}

/** Whether a world was trained on a video, by its content; for worlds that remember none by its name. */
export function trainedOn(provenance: Provenance | undefined): (video: { name: string; hash: string }) => boolean {
  if (provenance === undefined) return () => false;
  const { fingerprints, hashes, videos } = provenance;
  if (fingerprints !== undefined) {
    const known = splitFingerprints(fingerprints);
    return ({ hash }) => known.has(fingerprint(hash));
  }
  const known = new Set(hashes ?? videos);
  return ({ name, hash }) => known.has(hashes ? hash : name);
}

function isOf({ folder }: RecordingSource, name: string): boolean {
  const parent = posix.dirname(name);
  return (parent === "." ? "" : parent) === folder;
}

function fingerprint(hash: string): string {
  return hash.slice(0, 2 * FINGERPRINT_BYTES);
}

function joinFingerprints(hashes: readonly string[]): string {
  return Buffer.from(hashes.map(fingerprint).toSorted().join(""), "hex").toString("base64");
}

function splitFingerprints(text: string): Set<string> {
  const hex = Buffer.from(text, "base64").toString("hex");
  const width = 2 * FINGERPRINT_BYTES;
  return new Set(Array.from({ length: hex.length / width }, (_, i) => hex.slice(i * width, (i + 1) * width)));
}
