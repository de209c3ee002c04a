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

/** The provenance in a record that says more. */
export function pickProvenance({ videos, recordings, hashes, fingerprints }: Provenance): Provenance {
  return {
    videos,
    ...(recordings && { recordings }),
    ...(hashes && { hashes }),
    ...(fingerprints !== undefined && { fingerprints }),
  };
}

/** What a world remembers that went on from another: the videos of both. */
export function withAncestor(own: Provenance, ancestor: Provenance | undefined): Provenance {
  if (ancestor === undefined) return own;
  const recordings = [...(ancestor.recordings ?? []), ...(own.recordings ?? [])];
  const once = new Map(recordings.map((recording) => [JSON.stringify(recording), recording]));
  const known = [ancestor, own].flatMap((each) => fingerprintsOf(each));
  return {
    videos: [...new Set([...ancestor.videos, ...own.videos])],
    ...(once.size > 0 && { recordings: [...once.values()] }),
    ...(known.length > 0 && { fingerprints: joinFingerprints([...new Set(known)]) }),
  };
}

function fingerprintsOf({ fingerprints, hashes = [] }: Provenance): string[] {
  return fingerprints === undefined ? hashes.map(fingerprint) : [...splitFingerprints(fingerprints)];
}

/** How many videos a world was trained on. */
export function countVideos({ videos, recordings = [] }: Provenance): number {
  return recordings.reduce((sum, recording) => sum + recording.videos, videos.length);
}

/** Whether a world was trained on a video, by its content; for worlds that remember none by its name. */
export function trainedOn(provenance: Provenance | undefined): (video: { name: string; hash: string }) => boolean {
  if (provenance === undefined) return () => false;
  const known = new Set(fingerprintsOf(provenance));
  if (known.size > 0) return ({ hash }) => known.has(fingerprint(hash));
  const names = new Set(provenance.videos);
  return ({ name }) => names.has(name);
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
