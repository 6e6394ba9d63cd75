export type { CvssScore, Epss, Finding, FindingSource, Fix, VulnerablePackage } from './finding.ts';
export { rankedSeverities, severities, severityOf, type NamedSeverity, type Severity } from './severity.ts';
