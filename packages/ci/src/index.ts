export { baseCommit } from './base-commit.ts';
export type { BaseCommit, Checkout } from './ci-run.ts';
export { ciFacts, type CiFacts } from './ci-facts.ts';
export {
  isJobCredential,
  isJobVariable,
  isScannerCredential,
  withoutJobCredentials,
} from './job-variables.ts';
export type { Proposal } from './proposal.ts';
