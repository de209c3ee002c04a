export { AddRenderObservation } from "./add-render-observation.ts";
export type { AddRenderObservationOptions, WithPicture } from "./add-render-observation.ts";
export { Autoreset } from "./autoreset.ts";
export { ClipAction, RescaleAction } from "./box-actions.ts";
export { DtypeObservation, RescaleObservation, ReshapeObservation } from "./box-observations.ts";
export type { DtypeObservationOptions, RescaleOptions, ReshapeObservationOptions } from "./box-observations.ts";
export { DelayObservation } from "./delay-observation.ts";
export type { DelayObservationOptions } from "./delay-observation.ts";
export { DictInfoToList } from "./dict-info-to-list.ts";
export { DiscretizeAction, DiscretizeObservation } from "./discretize.ts";
export type { Bin, DiscretizeOptions } from "./discretize.ts";
export { EpisodeQueues } from "./episode-queues.ts";
export type { Clock, EpisodeStatistics } from "./episode-queues.ts";
export { FilterObservation, VectorFilterObservation } from "./filter-observation.ts";
export type { FilterObservationOptions, Parts } from "./filter-observation.ts";
export { FlattenObservation, VectorFlattenObservation } from "./flatten-observation.ts";
export { FrameStackObservation } from "./frame-stack-observation.ts";
export type { FrameStackObservationOptions } from "./frame-stack-observation.ts";
export { HumanRendering } from "./human-rendering.ts";
export type { Screen } from "./human-rendering.ts";
export { GrayscaleObservation, ResizeObservation } from "./image-observations.ts";
export type { GrayscaleObservationOptions, ResizeObservationOptions } from "./image-observations.ts";
export { AddWhiteNoise, ObstructView } from "./noisy-rendering.ts";
export type { AddWhiteNoiseOptions, ObstructViewOptions } from "./noisy-rendering.ts";
export { NormalizeObservation } from "./normalize-observation.ts";
export { NormalizeReward } from "./normalize-reward.ts";
export type { NormalizeObservationOptions } from "./observation-normalizer.ts";
export { OrderEnforcing } from "./order-enforcing.ts";
export type { OrderEnforcingOptions } from "./order-enforcing.ts";
export { PassiveEnvChecker } from "./passive-env-checker.ts";
export { RecordEpisodeStatistics } from "./record-episode-statistics.ts";
export type { RecordEpisodeStatisticsOptions } from "./record-episode-statistics.ts";
export { RecordVideo } from "./record-video.ts";
export { RenderCollection } from "./render-collection.ts";
export type { RenderCollectionOptions } from "./render-collection.ts";
export { MaxAndSkipObservation, RepeatAction } from "./repeat-action.ts";
export type { MaxAndSkipObservationOptions, RepeatActionOptions } from "./repeat-action.ts";
export type { NormalizeRewardOptions } from "./reward-normalizer.ts";
export { ClipReward, TransformReward } from "./rewards.ts";
export type { ClipRewardOptions } from "./rewards.ts";
export { RunningMeanStd } from "./running-mean-std.ts";
export type { RunningMeanStdJSON } from "./running-mean-std.ts";
export { StickyAction } from "./sticky-action.ts";
export type { StickyActionOptions } from "./sticky-action.ts";
export { TimeAwareObservation } from "./time-aware-observation.ts";
export type { TimeAwareObservationOptions, WithTime } from "./time-aware-observation.ts";
export { TimeLimit } from "./time-limit.ts";
export type { TimeLimitOptions } from "./time-limit.ts";
export { TransformAction } from "./transform-action.ts";
export { TransformObservation } from "./transform-observation.ts";
export {
  VectorClipAction,
  VectorClipReward,
  VectorNormalizeReward,
  VectorRescaleAction,
} from "./vector-actions-rewards.ts";
export { VectorHumanRendering } from "./vector-human-rendering.ts";
export { VectorFrameStackObservation } from "./vector-frame-stack-observation.ts";
export type { VectorFrameStackOptions } from "./vector-frame-stack-observation.ts";
export { VectorNormalizeObservation } from "./vector-normalize-observation.ts";
export {
  VectorDtypeObservation,
  VectorGrayscaleObservation,
  VectorRescaleObservation,
  VectorReshapeObservation,
  VectorResizeObservation,
} from "./vector-observations.ts";
export { VectorRecordEpisodeStatistics } from "./vector-record-episode-statistics.ts";
export { VectorRecordVideo } from "./vector-record-video.ts";
export type { VectorRecordVideoOptions } from "./vector-record-video.ts";
export { VectorTransformAction, VectorTransformObservation, VectorTransformReward } from "./vector-transforms.ts";
export {
  VectorizeTransformAction,
  VectorizeTransformObservation,
  VectorizeTransformReward,
} from "./vectorize-transforms.ts";
export { cappedCubicVideoSchedule } from "./video-recorder.ts";
export type { RecordVideoOptions } from "./video-recorder.ts";
