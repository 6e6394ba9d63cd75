export { Aws, type EcrRegistry, type PrivateEcr } from './aws.ts';
export { demandOwnAlias } from './gallery.ts';
export { RegistryLogin, type Credentials } from './login.ts';
export { findImages, imagePresence, type ImageKey } from './images.ts';
export { imageSource } from './image-source.ts';
export { listTags } from './list-tags.ts';
export { newestImage, pushedImage, type PushedImage } from './pushed-at.ts';
export { parameterValue } from './parameter.ts';
export { pullThroughRules, type PullThroughRule } from './pull-through-rules.ts';
export { listReferrers } from './referrers.ts';
export {
  createRepository,
  describeRepositories,
  describeRepository,
  type NewRepository,
  type Repository,
} from './repository.ts';
export { readScan, type Scan, type ScanStatus } from './scan.ts';
export { scanFrequency, scanMode, type ScanMode } from './scan-mode.ts';
export { isTagLocked, type Mutability } from './mutability.ts';
export { tagImage } from './tag-image.ts';
