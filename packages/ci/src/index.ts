export { baseCommit, type BaseCommit } from './base-commit.ts';
export { ciFacts, type Checkout, type CiFacts } from './ci-facts.ts';
export {
  isJobCredential,
  isJobVariable,
  isScannerCredential,
  withoutJobCredentials,
} from './job-variables.ts';
export type { Proposal } from './proposal.ts';
