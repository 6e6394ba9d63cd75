import { isDigest, type EcrHost, type RegistryHost } from '@towpath/reference';

/** Commands of the AWS CLI, for hints: a reader can copy them as they are. */

/** Returns the command that creates a repository as `publish` would. */
export function createRepositoryCommand(registry: RegistryHost, repository: string): string {
  if (registry.kind === 'public')
    return `aws ecr-public create-repository --region us-east-1 --repository-name ${repository}`;
  return `aws ecr create-repository --region ${registry.region} --repository-name ${repository} --image-tag-mutability IMMUTABLE --image-scanning-configuration scanOnPush=true`;
}

/** Returns the command that lets tags of an immutable repository move, beside those that move already. */
export function exceptTagsCommand(
  { account, region }: Pick<EcrHost, 'account' | 'region'>,
  repository: string,
  filters: readonly string[],
): string {
  const exceptions = filters.map((filter) => `filterType=WILDCARD,filter=${quoted(filter)}`).join(' ');
  return `aws ecr put-image-tag-mutability --registry-id ${account} --region ${region} --repository-name ${repository} --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters ${exceptions}`;
}

/** Returns the command that scans every image that is pushed from now on. */
export function scanOnPushCommand(
  { account, region }: Pick<EcrHost, 'account' | 'region'>,
  repository: string,
): string {
  return `aws ecr put-image-scanning-configuration --registry-id ${account} --region ${region} --repository-name ${repository} --image-scanning-configuration scanOnPush=true`;
}

/** Returns the command that scans one image. */
export function startScanCommand(
  { account, region }: Pick<EcrHost, 'account' | 'region'>,
  repository: string,
  digest: string,
): string {
  return `aws ecr start-image-scan --registry-id ${account} --region ${region} --repository-name ${repository} --image-id imageDigest=${digest}`;
}

/** Returns the command that restores an archived image. */
export function restoreImageCommand(
  { account, region }: Pick<EcrHost, 'account' | 'region'>,
  repository: string,
  tagOrDigest: string,
): string {
  const id = `${isDigest(tagOrDigest) ? 'imageDigest' : 'imageTag'}=${tagOrDigest}`;
  return `aws ecr update-image-storage-class --registry-id ${account} --region ${region} --repository-name ${repository} --image-id ${id} --target-storage-class STANDARD`;
}

/** A shell expands a star. */
function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text}'`;
}
