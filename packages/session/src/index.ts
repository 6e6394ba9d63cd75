export { Session, type SessionOptions, type SessionPort } from './session.ts';
export type { SourceRef } from './source.ts';
