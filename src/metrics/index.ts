export { Rng } from "../core/rng.ts";
export {
  improvementInterval,
  interquartileMean,
  meanScore,
  medianScore,
  optimalityGap,
  performanceProfile,
  probabilityOfImprovement,
  profileIntervals,
  stratifiedBootstrap,
} from "./aggregate.ts";
export type { Estimate, StratifiedOptions, TaskScores } from "./aggregate.ts";
export { bootstrapInterval } from "./bootstrap.ts";
export type { BootstrapOptions, Interval } from "./bootstrap.ts";
export { alignCurves } from "./curves.ts";
export type { Curve } from "./curves.ts";
export { crossFittedEffectAccuracy, effectAccuracy, effectSteps } from "./effect-accuracy.ts";
export type {
  ActionSample,
  CrossFittedEffectAccuracy,
  EffectAccuracy,
  EffectGroup,
  EffectOptions,
  EffectStep,
} from "./effect-accuracy.ts";
export { featureDistance, fitGaussian, frechetDistance, gaussianDistance } from "./frechet.ts";
export type { FeatureFunction, FeatureRow, Gaussian } from "./frechet.ts";
export { deltaPsnr, MAX_PSNR, psnr, ssim } from "./image-quality.ts";
export type { FrameSize } from "./image-quality.ts";
export { normalisedMutualInformation, perplexity, shuffledNmi } from "./information.ts";
export { estimateMotion } from "./motion.ts";
export type { Motion, MotionOptions } from "./motion.ts";
export { fitPowerLaw } from "./power-law.ts";
export type { PowerLaw } from "./power-law.ts";
export { averagePrecision, precisionRecallCurve } from "./precision-recall.ts";
export type { PrecisionRecallCurve } from "./precision-recall.ts";
export { wilsonInterval } from "./proportion.ts";
export { driftInterval, rollOutDrift } from "./roll-out-drift.ts";
export type { FrameRange, RollOutDrift } from "./roll-out-drift.ts";
