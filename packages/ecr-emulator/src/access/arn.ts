import { partitionOf } from '@towpath/reference';
import { createHash } from 'node:crypto';
import type { RegistryLocation } from '../registry/repository.ts';
import { isPublicRegistry } from '../registry/public-registry.ts';

/** Returns the ARN of a repository, or of all repositories of a registry for the name `*`. */
export function repositoryArn({ account, region }: RegistryLocation, name: string): string {
  // Public ARNs have no region (Service Authorization Reference, "Resource types defined by Amazon ECR Public").
  if (isPublicRegistry({ region })) return `arn:aws:ecr-public::${account}:repository/${name}`;
  return `arn:${partitionOf(region).id}:ecr:${region}:${account}:repository/${name}`;
}

const repositoryArnPattern =
  /^arn:aws[a-z-]*:ecr:(?<region>[a-z0-9-]+):(?<account>\d{12}):repository\/(?<name>.+)$/;

/** Returns the account and the name in a repository's ARN, or undefined for any other text. */
export function parseRepositoryArn(arn: string): { account: string; name: string } | undefined {
  const { account, name } = repositoryArnPattern.exec(arn)?.groups ?? {};
  return account === undefined || name === undefined ? undefined : { account, name };
}

/** Returns the ARN of an SSM parameter. SSM adds a leading slash to a name without one. */
export function parameterArn({ account, region }: RegistryLocation, name: string): string {
  return `arn:${partitionOf(region).id}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;
}

/** Returns the ARN of the account's AWS managed key for ECR (KMS, "AWS managed keys"). */
export function managedKeyArn({ account, region }: RegistryLocation): string {
  return `arn:${partitionOf(region).id}:kms:${region}:${account}:alias/aws/ecr`;
}

/**
 * Returns the ARN of a KMS key, given its id, its ARN, or the name or the ARN of an alias. Every alias of an account
 * exists and names a key of its own.
 */
export function keyArn({ account, region }: RegistryLocation, key: string): string {
  if (/^arn:[^:]+:kms:[^:]+:\d{12}:key\//.test(key)) return key;
  const [, prefix = `arn:${partitionOf(region).id}:kms:${region}:${account}:`, name = key] =
    /^(arn:[^:]+:kms:[^:]+:\d{12}:)(alias\/.+)$/.exec(key) ?? [];
  if (!name.startsWith('alias/')) return `${prefix}key/${name}`;
  const hash = createHash('sha256').update(`${prefix}${name}`).digest('hex');
  const id = /^(.{8})(.{4})(.{4})(.{4})(.{12})/.exec(hash)?.slice(1).join('-') ?? '';
  return `${prefix}key/${id}`;
}

/** A role without its path. Role names are unique within an account (IAM User Guide, "IAM identifiers"). */
export interface RoleName {
  readonly account: string;
  readonly name: string;
}

/** Parses the ARN of a role, `arn:aws:iam::1:role/PATH/NAME`. Returns undefined for any other text. */
export function parseRoleArn(arn: string): RoleName | undefined {
  return roleNameIn(/^arn:[^:]+:iam::(?<account>\d{12}):role\/(?:.+\/)?(?<name>[\w+=,.@-]+)$/.exec(arn));
}

/** Returns the role of a session, `arn:aws:sts::1:assumed-role/NAME/SESSION`, or undefined for any other ARN. */
export function roleOfSession(arn: string): RoleName | undefined {
  return roleNameIn(/^arn:[^:]+:sts::(?<account>\d{12}):assumed-role\/(?<name>[^/]+)\//.exec(arn));
}

function roleNameIn(match: RegExpExecArray | null): RoleName | undefined {
  const { account, name } = match?.groups ?? {};
  return account === undefined || name === undefined ? undefined : { account, name };
}
