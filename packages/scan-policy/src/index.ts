export { severities, severityOf, type NamedSeverity, type Severity } from './severity.ts';
export { judge, type Finding, type GatePolicy, type Judgement, type Verdict } from './judge.ts';
