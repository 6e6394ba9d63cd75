export type { BuildRequest } from './build-arguments.ts';
export { build, type BuildSubject } from './build.ts';
export type { LayerCache } from './cache.ts';
export { printBake } from './bake.ts';
export { createBuilder, findBuilder, type Builder, type BuilderChoice } from './builder.ts';
export {
  builderVariables,
  isMadeForJob,
  removeBuilder,
  type BuilderSetup,
  type DriverOptions,
} from './create-builder.ts';
export { actionsCacheVariables } from './actions-cache.ts';
export { isNodeList, parseNodes, type BuildkitNode } from './nodes.ts';
export { hasBuildRecords, pruneUnreferenced, removeBuildRecords } from './history.ts';
export { resolveImage, type ResolvedImage } from './resolve.ts';
export { findBuildx, type Buildx } from './program.ts';
export { BuildProgress, type Check } from './progress.ts';
