export { contextEntries, ignoreFileOf, withoutLinks, isSent, type ContextEntry } from './context-entries.ts';
export {
  fingerprint,
  fingerprintParts,
  type Fingerprint,
  type FingerprintInputs,
  type FingerprintPart,
} from './fingerprint.ts';
export { FolderHashes } from './folder-hashes.ts';
