export { addEnvironment } from './add-environment.ts';
export { baseImages, bases, stageNames, type Base, type BuildOptions } from './base-images.ts';
export { declarations, syntaxImage, usesInRun, type Declaration, type Use } from './declarations.ts';
export { expand } from './expand.ts';
export { runLines } from './run-lines.ts';
