export { contextFiles, type ContextFile } from './context-files.ts';
export { fingerprint, type FingerprintInputs } from './fingerprint.ts';
