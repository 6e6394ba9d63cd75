export {
  checkIgnoreFile,
  contextEntries,
  excludedBy,
  ignoreFileOf,
  isSent,
  type ContextEntry,
  type Exclusion,
} from './context-entries.ts';
export {
  fingerprint,
  fingerprintParts,
  type Fingerprint,
  type FingerprintInputs,
  type FingerprintPart,
} from './fingerprint.ts';
export { contextFilter, pathMatcher } from './context-filter.ts';
export { FolderHashes } from './folder-hashes.ts';
export { readDockerfile } from './read-dockerfile.ts';
