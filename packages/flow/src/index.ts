export { runAction } from './run-action.ts';
export type { Action, Closable, CommonInputs, PlannedStep, Report } from './action.ts';
export {
  choice,
  count,
  duration,
  role,
  flag,
  list,
  optional,
  pairs,
  secretPairs,
  secretText,
  readInputs,
  required,
  text,
  withDefault,
  withStatedDefault,
  type Form,
  type InputForm,
  type Inputs,
  type InputsSpec,
  type Kind,
} from './inputs.ts';
export { Journal } from './journal.ts';
export { plainCopy } from './plain-copy.ts';
export { planFileSchema, type PlanFile } from './plan-schema.ts';
export type {
  Annotation,
  Clock,
  CodeHost,
  DeploymentNote,
  Environment,
  Exec,
  ExecOptions,
  ExecResult,
  IssueNote,
  Level,
  Log,
  Note,
  NoteResult,
  Runtime,
} from './runtime.ts';
