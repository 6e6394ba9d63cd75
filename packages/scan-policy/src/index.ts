export { judge, type GatePolicy } from './judge.ts';
export type { AcceptedFinding, DeferredFinding, Judgement, Verdict, Violation } from './judgement.ts';
