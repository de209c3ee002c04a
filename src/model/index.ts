export { concatFrames, sliceFrames } from "../core/frames.ts";
export type { Frames } from "../core/frames.ts";
export { writeAnimation } from "../data/animation.ts";
export type { AnimationOptions } from "../data/animation.ts";
export { videoNames } from "../data/build-clip-store.ts";
export { buildClipStore, ClipStore } from "../data/clip-store.ts";
export type { BuildProgress, Clip, ClipReadOptions, ClipStoreOptions } from "../data/clip-store.ts";
export { CurationConfig } from "../data/curation.ts";
export type { CurationOptions } from "../data/curation.ts";
export { readEpisode } from "../data/episodes.ts";
export type { LabelledEpisode } from "../data/episodes.ts";
export { readImage, writePng } from "../data/image.ts";
export type { ImageInput, RawImage } from "../data/image.ts";
export { findVideos, readVideo } from "../data/video.ts";
export type { VideoOptions } from "../data/video.ts";
export { readWorld, readWorldConfig, saveWorld, WorldConfig } from "./checkpoint.ts";
export { evaluateWorld } from "./evaluation.ts";
export type { Evaluation, EvaluationClip, EvaluationOptions } from "./evaluation.ts";
export { longRollOuts, measureDrift } from "./long-roll-outs.ts";
export type { Drift, LongRollOut, LongRollOutOptions } from "./long-roll-outs.ts";
export { bundledWorlds, findWorld, worldPrompts } from "./find-world.ts";
export { checkVideoNetwork, videoDistance } from "./fvd.ts";
export type { VideoDistance } from "./fvd.ts";
export { GenieConfig, genieParams, initGenie, parseGenieConfig, setupGenie } from "./genie.ts";
export type { GenieOptions, GenieSetup } from "./genie.ts";
export { GenieWorld } from "./genie-world.ts";
export type { DescribedAction } from "./genie-world.ts";
export { readHeads, saveHeads } from "./heads-file.ts";
export type { HeadsOnDisk, HeadsTraining } from "./heads-file.ts";
export { judgeEpisode, measureHeads, tokenizeEpisode } from "./judge-episodes.ts";
export type { EpisodeScores, HeadsQuality, RecordedEpisode, TokenEpisode } from "./judge-episodes.ts";
export { loadWorld } from "./load-world.ts";
export { estimateMemory } from "./memory.ts";
export type { MemoryEstimate } from "./memory.ts";
export { trainedOn } from "./provenance.ts";
export type { Provenance, RecordingSource } from "./provenance.ts";
export { PRESETS, TrainingConfig } from "./training/presets.ts";
export type { Preset, PresetName } from "./training/presets.ts";
export { readRunState } from "./training/run-state.ts";
export type { RunState } from "./training/run-state.ts";
export { HeadsTrainingConfig, trainHeads } from "./training/train-heads.ts";
export type { HeadsRun, TrainedHeads } from "./training/train-heads.ts";
export { trainGenie } from "./training/train-genie.ts";
export type { TrainOptions } from "./training/train-genie.ts";
export { inferVideoActions } from "./video-actions.ts";
export type { StoredHeads } from "./world-heads.ts";
export type {
  FramePlan,
  Look,
  Seen,
  StepOutlook,
  WorldHeads,
  WorldModel,
  WorldSession,
  WorldStep,
} from "./world-model.ts";
