export { entryTag, environmentEntrySchema, isEntryTag, type EnvironmentEntry } from './environment-entry.ts';
export { findVersion, type FoundImage, type FoundVersion } from './find-version.ts';
export { maxHistory, readHistories, readHistory, type History, type HistoryQuestion } from './histories.ts';
export {
  isReservedVersion,
  ledgerOf,
  ledgerWarning,
  listedDigests,
  maxIntents,
  openLedger,
  publisherOf,
  type Ledger,
  type LedgerEntry,
  type LedgerQuestion,
} from './ledger.ts';
export { listedImages, type ListedImage, type Listing } from './listed-images.ts';
export {
  intentSchema,
  isSameSet,
  releaseSchema,
  type Intent,
  type Release,
  type ReleasedImage,
} from './release.ts';
export {
  hasIntent,
  tooManyIntents,
  versionTaken,
  writeEnvironmentEntry,
  writeIntent,
  writeRelease,
} from './write-entry.ts';
