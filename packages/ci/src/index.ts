export { ciFacts, type Checkout, type CiFacts } from './ci-facts.ts';
export type { Proposal } from './proposal.ts';
