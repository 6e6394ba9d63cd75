export { ecrBasicFinding } from './ecr-basic.ts';
export { ecrEnhancedFindings } from './ecr-enhanced.ts';
export type { CvssScore, Epss, Finding, FindingSource, Fix, VulnerablePackage } from './finding.ts';
export { matchReport, type ImageIdentity, type ReportMatch } from './match-report.ts';
export { readReport } from './read-report.ts';
export type { Report, ReportKind, ReportSubject } from './report.ts';
export type { NamedSeverity, Severity } from './severity.ts';
