export { annotationsOf } from './annotations.ts';
export { readLines, type DockerfileLines } from './dockerfile-lines.ts';
export { reportDocument } from './document.ts';
export { junitOf } from './junit.ts';
export { sarifOf } from './sarif.ts';
export { filesOf, type ReportFile, type ReportPaths } from './report-files.ts';
export { summarise, type Judged } from './summary.ts';
export { failedBefore } from './upgrades.ts';
export { reachVerdict, type GateVerdict } from './verdict.ts';
