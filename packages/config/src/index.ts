export { isBakeFile, type BakeCall } from './bake-files.ts';
export {
  attestationModes,
  cacheTypes,
  plainBuild,
  scanModes,
  scannerNames,
  type AttestationMode,
  type BuildConfig,
  type BuildOptions,
  type CacheConfig,
  type CacheMode,
  type Compression,
  type NamedContext,
  type NetworkMode,
  type ProvenanceMode,
  type ProxyMode,
  type ScanConfig,
  type ScannerName,
  type SecretSource,
  type SshSource,
  type Ulimit,
} from './build-options.ts';
export {
  imageRepository,
  isLedger,
  ledgerRepository,
  environmentRepository,
  resolveRegistry,
  type Config,
  type EnvironmentConfig,
  type ImageConfig,
  type LedgerMode,
} from './config.ts';
export { parseRegistrySource, type RegistrySource } from './registry-source.ts';
export { parseDuration } from './duration.ts';
export type { BakePrinter } from './bake.ts';
export { gatePolicySchema } from './gate-schema.ts';
export { lambdaHostRefusals, lambdaProblems, type LambdaBuild, type LambdaRefusal } from './lambda.ts';
export { lintModes, type LintConfig, type LintMode } from './lint-schema.ts';
export { loadConfig } from './load-config.ts';
export type { ConfigOptions } from './config-options.ts';
export { readPlatforms } from './platforms.ts';
export { insideWorkspace } from './paths.ts';
export { withPolicyFile } from './policy-file.ts';
export { roleArn, wrongRegistry, wrongRepository } from './schema-parts.ts';
export { towpathSchema } from './schema.ts';
export { imageNameFrom } from './defaults.ts';
export { parseYaml, type YamlFile } from './yaml-file.ts';
export { writeTowpathYaml } from './write-towpath-yaml.ts';
export type { InUse, RuntimeService } from './in-use-schema.ts';
export type { LifecycleConfig } from './lifecycle-schema.ts';
export type { Readers } from './readers-schema.ts';
export type { RegistrySettingsConfig } from './registry-schema.ts';
export type {
  PolicyStatementConfig,
  PullThroughConfig,
  ReplicationConfig,
  SigningConfig,
} from './registry-rules.ts';
export type { TemplateConfig } from './template-schema.ts';
export { contradictions } from './repository-problems.ts';
export {
  creationSettings,
  mergeSettings,
  writtenSettings,
  type Encryption,
  type RepositorySettings,
  type WrittenSettings,
} from './repository-settings.ts';
export { registryLimits } from './registry-problems.ts';
export {
  conventionalProtection,
  protectionOf,
  settingsOfUse,
  type RepositoryUse,
} from './repository-uses.ts';
export { selectImages } from './select-images.ts';
