export { addEnvironment } from './add-environment.ts';
export { baseImages, bases, stageNames, type Base, type BuildOptions } from './base-images.ts';
export {
  declarations,
  frontendOf,
  usesInRun,
  type Declaration,
  type Frontend,
  type Use,
} from './declarations.ts';
export { expand } from './expand.ts';
export { remoteSources } from './remote-sources.ts';
export { runLines } from './run-lines.ts';
