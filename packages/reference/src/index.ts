export { digestOf, isDigest, parseDigest, type Digest } from './digest.ts';
export { formatEcrHost, parseEcrHost, type EcrHost } from './ecr-host.ts';
export { commonPlatforms, parseKnownPlatform } from './known-platform.ts';
export { formatPlatform, parsePlatform, type Platform } from './platform.ts';
export { throughCache, upstreamHost, type PullThroughCache } from './pull-through.ts';
export { formatReference, parseReference, type Reference } from './reference.ts';
export {
  formatRegistry,
  ecrPublicHost,
  labelOf,
  parsePrivateRegistry,
  partitionOfRegistry,
  parseRegistry,
  registryKey,
  registryUri,
  type PrivateRegistry,
  type PublicHost,
  type Registry,
  type RegistryHost,
} from './registry.ts';
export { partitionInArn, partitionOf, type Partition } from './partition.ts';
export { isSameRepository, type RegistryRef, type RepositoryRef } from './repository-ref.ts';
export { isRepositoryName } from './repository.ts';
export { isTag, maxTagLength } from './tag.ts';
