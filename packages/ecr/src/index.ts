export { Aws, CallLimits, type EcrRegistry, type PrivateEcr } from './aws.ts';
export {
  createRepositoryCommand,
  exceptTagsCommand,
  restoreImageCommand,
  scanOnPushCommand,
  startScanCommand,
} from './cli.ts';
export { requireOwnAlias } from './public-registry.ts';
export { RegistryLogin, type Credentials } from './login.ts';
export { findImages, imagePresence, surveyImages } from './images.ts';
export type { ImageKey } from './image-key.ts';
export { imageSource } from './image-source.ts';
export {
  readInspector,
  withInspectorFacts,
  type Coverage,
  type InspectedImage,
  type InspectorFacts,
} from './inspector.ts';
export { keyOfAlias } from './key.ts';
export { listTags } from './list-tags.ts';
export {
  listImages,
  newestImage,
  pushedImage,
  pushTimes,
  taggedImages,
  type ListedImage,
  type PushedImage,
} from './pushed-at.ts';
export { parameterValue } from './parameter.ts';
export { accountSetting, putAccountSetting, type AccountSetting } from './account-settings.ts';
export { backfills, startBackfill, type Backfill } from './backfill.ts';
export { creationTemplates, putCreationTemplate, type CreationTemplate } from './creation-templates.ts';
export {
  createPullThroughRule,
  pullThroughRules,
  updatePullThroughRule,
  upstreamUrl,
  validatePullThroughRule,
  type PullThroughRule,
} from './pull-through-rules.ts';
export { addPullTimeExclusion, pullTimeExclusions } from './pull-time-exclusions.ts';
export { putRegistryPolicy, registryPolicy } from './registry-policy.ts';
export {
  putReplicationRules,
  replicationRules,
  type ReplicationDestination,
  type ReplicationRule,
} from './replication-rules.ts';
export { putSigningRules, signingRules, type SigningRule } from './signing-rules.ts';
export { attachmentSource } from './attachment-source.ts';
export { allReferrers, listReferrers } from './referrers.ts';
export { replicationOf, type Replication } from './replication-status.ts';
export {
  createRepository,
  describeRepositories,
  newRepository,
  type Encryption,
  type NewRepository,
} from './repository.ts';
export { type Repository, isTagLocked, type Mutability } from './mutability.ts';
export { usedByEcs, usedByLambda, type UsedImage } from './in-use.ts';
export { runningOnEcs, runningOnLambda, type RunningImage } from './running.ts';
export { readScan, type Scan, type ScanStatus } from './scan.ts';
export { scanSettings, type ScanMode, type ScanSettings } from './scan-settings.ts';
export { startScan, type ScanStart } from './start-scan.ts';
export { tagImage } from './tag-image.ts';
export { deleteLifecyclePolicy, lifecyclePolicy, putLifecyclePolicy } from './lifecycle-policy.ts';
export { previewLifecycle, type PreviewedImage } from './lifecycle-preview.ts';
export { listRepositories, type ListedRepository } from './list-repositories.ts';
export {
  putRegistryScanning,
  registryScanning,
  requireOwnRegistry,
  type RegistryScanning,
} from './registry-settings.ts';
export { repositoryPolicy, setRepositoryPolicy } from './repository-policy.ts';
export {
  addResourceTags,
  deleteEmptyRepository,
  putScanOnPush,
  putTagMutability,
  removeResourceTags,
  resourceTags,
} from './repository-settings.ts';
