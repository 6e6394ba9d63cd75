export { decide, type Decision } from './decide.ts';
export { identify, joinPlatforms, type KnownImage } from './fingerprints.ts';
export { generatorOf, pullAddress, substitutes, type ImageSources } from './image-sources.ts';
export { parseReuse, reuseOf, type ReuseInput } from './parse-reuse.ts';
export { readBases } from './read-bases.ts';
export type { PlannedLogin, RegistryFacts } from './registry-facts.ts';
