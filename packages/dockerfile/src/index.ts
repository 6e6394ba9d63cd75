export { addEnvironment } from './add-environment.ts';
export { finalStage, type FinalStage } from './final-stage.ts';
export {
  baseImages,
  bases,
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
export { confidentialMounts, sourcesAt, type ConfidentialMount } from './mounts.ts';
export { isAtCommit, remoteKind, type RemoteKind } from './remote-address.ts';
export { remoteSources } from './remote-sources.ts';
