export { buildArguments, type BuildRequest } from './build-arguments.ts';
export { build, type BuildPort, type BuildSubject } from './build.ts';
export type { LayerCache } from './cache.ts';
export { printBake } from './bake.ts';
export { findBuilder, type Builder, type Buildx } from './builder.ts';
export { dockerProxy, hasLogin, readDockerConfig, type DockerConfig } from './docker-config.ts';
export { forgetBuilds } from './history.ts';
export { withRegistryCredentials, type RegistryCredentials } from './registry-login.ts';
export { BuildProgress, type Check } from './progress.ts';
