export { decide, type Decision } from './decide.ts';
export { identify, type KnownImage } from './fingerprints.ts';
export { generatorOf, pullAddress, substitutes, takesContexts, type ImageSources } from './image-sources.ts';
export { readRegistries, type PlannedLogin, type RegistryFacts } from './registry-facts.ts';
export { resolveBases } from './resolve-bases.ts';
