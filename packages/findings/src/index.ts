export { ecrBasicFinding, type EcrBasicFinding } from './ecr-basic.ts';
export { ecrEnhancedFindings, type EcrEnhancedFinding } from './ecr-enhanced.ts';
export type { CvssScore, Epss, Finding, FindingSource, Fix, VulnerablePackage } from './finding.ts';
export { rankedSeverities, severities, severityOf, type NamedSeverity, type Severity } from './severity.ts';
