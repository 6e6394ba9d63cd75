export { findingsRun, type JudgedFindings } from './findings.ts';
export { limits } from './limits.ts';
export type {
  SarifFile,
  SarifLevel,
  SarifLocation,
  SarifResult,
  SarifRule,
  SarifRun,
  SarifTool,
} from './log.ts';
export { serialise } from './serialise.ts';
