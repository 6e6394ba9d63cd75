export { decide, type Decision } from './decide.ts';
export { identify, joinPlatforms, type KnownImage } from './fingerprints.ts';
export { generatorOf, pullAddress, substitutes, type ImageSources } from './image-sources.ts';
export { parseReuse, reuseOf, type ReuseInput } from './parse-reuse.ts';
export { readRegistries, type PlannedLogin, type RegistryFacts } from './registry-facts.ts';
export { resolveBases, withDigests } from './resolve-bases.ts';
