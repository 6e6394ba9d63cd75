export { buildGraph, buildOrder, inheritPlatforms, targetsOf, type BuildGraph } from './build-graph.ts';
export type { ContextFacts } from './contexts.ts';
export { proxyLeaks } from './exposure.ts';
export {
  beginHashing,
  changedInputs,
  describeInputs,
  fixedArgs,
  identify,
  type Identified,
} from './identify.ts';
export {
  imagesBelow,
  readInputs,
  type ImageInputs,
  type Reading,
  type ReadingProxy,
} from './image-inputs.ts';
export type { ImageProxyFacts } from './image-proxy.ts';
export { assertTargetPlatforms, byName, targetPlatformProblems } from './target-platforms.ts';
export { gatherProblems } from './gather-problems.ts';
