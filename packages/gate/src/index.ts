export {
  collectScans,
  requirePrivate,
  type CollectOptions,
  type GateImage,
  type ScannedImage,
} from './collect.ts';
export {
  judgeImages,
  reasonsOf,
  worst,
  type JudgedImage,
  type JudgedSubject,
  type Terms,
} from './judge-images.ts';
export { nameOf, type Subject } from './scans.ts';
