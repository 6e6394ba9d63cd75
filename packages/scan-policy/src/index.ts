export { severities, severityOf, type Severity } from './severity.ts';
export { judge, type Finding, type GatePolicy, type Judgement, type Verdict } from './judge.ts';
