export { contextEntries, type ContextEntry } from './context-entries.ts';
export { fingerprint, type FingerprintInputs } from './fingerprint.ts';
