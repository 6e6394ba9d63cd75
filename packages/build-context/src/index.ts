export { contextEntries, type ContextEntry } from './context-entries.ts';
export {
  fingerprint,
  fingerprintParts,
  type Fingerprint,
  type FingerprintInputs,
  type FingerprintPart,
} from './fingerprint.ts';
