export { attemptSchema, maxAttemptMessage, maxAttemptProblems, type Attempt } from './attempt.ts';
export { entryTag, environmentEntrySchema, type EnvironmentEntry } from './environment-entry.ts';
export { openEnvironment, type EnvironmentLedger } from './environments.ts';
export {
  findVersion,
  unconfigured,
  type FindOptions,
  type FoundImage,
  type FoundVersion,
} from './find-version.ts';
export { isBesideLedger, readHistory, type History, type HistoryQuestion } from './histories.ts';
export {
  isReservedVersion,
  newLedger,
  ledgerOf,
  ledgerWarning,
  listedDigests,
  maxIntents,
  openLedger,
  publisherOf,
  readRelease,
  readReleases,
  releaseTag,
  type Ledger,
  type LedgerEntry,
  type LedgerQuestion,
} from './ledger.ts';
export { surveyLedger, type LedgerSurvey, type SurveyedEnvironment } from './survey-ledger.ts';
export { listedImages, type ListedImage, type Listing } from './listed-images.ts';
export { isSameImages, nextEntry, rollbackTarget, type EntryRequest, type NextEntry } from './next-entry.ts';
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
export { writeAttempt } from './write-attempt.ts';
export {
  promotionPredicateType,
  promotionStatement,
  promotionStatementSchema,
  subjectChecksums,
  type PromotionStatement,
} from './statement.ts';
