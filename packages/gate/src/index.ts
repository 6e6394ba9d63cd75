export {
  collectScans,
  repositoryManifests,
  requirePrivate,
  type CollectOptions,
  type GateImage,
} from './collect.ts';
export type { ScannedImage } from './scanned-image.ts';
export type { BaseOptions, ImageContent } from './base-layers.ts';
export { findCurrentImages, type CurrentImages } from './current-images.ts';
export { judgeImages, reasonsOf, toleratedOf, worst, type JudgedImage } from './judge-images.ts';
export type { EarlierFailures, JudgedSubject, Terms } from './judge-scan.ts';
export { nameOf } from './scans.ts';
export { type Subject, readSubjects } from './subjects.ts';
export { layoutManifests } from './layout-manifests.ts';
export { gateReportSchema, type GateReport } from './report-schema.ts';
export { collectReports, type CollectedReports, type ReportedImage, type ReportFile } from './reports.ts';
export { staleProblemsOf, staleReasons, type StaleReason } from './stale-reasons.ts';
