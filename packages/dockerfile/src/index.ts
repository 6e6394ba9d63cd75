export { addEnvironment } from './add-environment.ts';
export { finalStage, type FinalStage } from './final-stage.ts';
export {
  baseImages,
  bases,
  globalsOf,
  outsideUses,
  runSteps,
  stageNames,
  type Base,
  type BuildOptions,
  type OutsideUse,
  type RunStep,
} from './base-images.ts';
export {
  declarations,
  frontendOf,
  usesInRun,
  type Declaration,
  type Frontend,
  type Use,
} from './declarations.ts';
export { argumentsOf, execForm } from './exec-form.ts';
export { expand, type LookUp } from './expand.ts';
export {
  directives,
  flagValues,
  readDockerfile,
  type Dockerfile,
  type Heredoc,
  type Instruction,
  type Word,
} from './instructions.ts';
export { confidentialMounts, sourcesAt, type ConfidentialMount } from './mounts.ts';
export { neededStages } from './needed-stages.ts';
export { isAtCommit, isCommit, remoteKind, type RemoteKind } from './remote-address.ts';
export { remoteSources } from './remote-sources.ts';
export { readStages, sourcesOf, type Source, type StagedDockerfile } from './stages.ts';
export { StageVariables, type Expanded } from './stage-variables.ts';
