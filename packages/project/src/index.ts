export { anyImages, parseImageList, type GivenImage } from './image-list.ts';
export {
  deliver,
  deliveryOutputs,
  deliveryTable,
  describeDeliveries,
  describeEnd,
  isChange,
  type Delivery,
  type DeliveryResult,
} from './delivery.ts';
export {
  annotateDeploymentFiles,
  deploymentFolder,
  parameterOverrides,
  writeDeploymentFiles,
  type Deployment,
  type DeploymentFile,
  type DeploymentFolder,
} from './deployment.ts';
export { demandDistinct, type TaggedImage } from './distinct.ts';
export { namedImages, openProject, projectInputs, type Project, type ProjectInputs } from './project.ts';
export { buildPlace, Places, type Location, type PlacedTags } from './places.ts';
export { pullThroughCaches } from './pull-through.ts';
export {
  isReservedVersion,
  ledgerOf,
  ledgerWarning,
  listedDigests,
  maxIntents,
  openLedger,
  publisherOf,
  type Ledger,
  type LedgerEntry,
  type LedgerQuestion,
} from './ledger.ts';
export { listedImages, type ListedImage, type Listing } from './listed-images.ts';
export {
  intentSchema,
  isSameSet,
  releaseSchema,
  type Intent,
  type Release,
  type ReleasedImage,
} from './release.ts';
export { hasIntent, tooManyIntents, versionTaken, writeIntent, writeRelease } from './write-entry.ts';
export { Registries } from './registries.ts';
export { announceVersion, foreseeVersion, resolveVersion, versionProblems } from './version.ts';
export { findVersion, type FoundImage, type FoundVersion } from './versions.ts';
export { annotateTags, labelOf, planTags, tagLock, type TagMove, type TagRules } from './tag-moves.ts';
