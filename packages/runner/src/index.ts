export { Job, type Interruption, type JobOptions, type StepResult } from './job.ts';
export type { LoggedAnnotation } from './step-log.ts';
