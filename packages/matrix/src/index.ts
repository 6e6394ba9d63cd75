export { affectedImages, type AffectedImage, type ImageSource } from './affected-images.ts';
export { changedImages } from './changed-images.ts';
export { planRows, type Row, type RowRequest } from './rows.ts';
export { parseRunners, platformOf, runnerWarnings, type Runner, type RunnerMap } from './runners.ts';
