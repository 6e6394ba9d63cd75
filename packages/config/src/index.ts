export {
  imageRepository,
  placeRepository,
  resolveRegistry,
  type Config,
  type EnvironmentConfig,
  type ImageConfig,
  type RegistrySource,
} from './config.ts';
export { loadConfig, type ConfigOptions } from './load-config.ts';
export { insideWorkspace } from './paths.ts';
export { selectImages } from './select-images.ts';
