import type { RegistryLocation } from '../registry/repository.ts';
import { isPublicRegistry } from '../registry/public-registry.ts';
import { partitionOf } from './caller.ts';

/** The ARN of a repository, or by the name `*` of all that a place has. */
export function repositoryArn({ account, region }: RegistryLocation, name: string): string {
  // Service Authorization Reference, "Resource types defined by Amazon ECR Public": it has no region.
  if (isPublicRegistry({ region })) return `arn:aws:ecr-public::${account}:repository/${name}`;
  return `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${name}`;
}

const repositoryArnPattern =
  /^arn:aws[a-z-]*:ecr:(?<region>[a-z0-9-]+):(?<account>\d{12}):repository\/(?<name>.+)$/;

/** The account and the name in a repository's ARN, or undefined when it is none. */
export function parseRepositoryArn(arn: string): { account: string; name: string } | undefined {
  const { account, name } = repositoryArnPattern.exec(arn)?.groups ?? {};
  return account === undefined || name === undefined ? undefined : { account, name };
}

/** The ARN of a parameter of SSM, which puts a slash before a name that has none. */
export function parameterArn({ account, region }: RegistryLocation, name: string): string {
  return `arn:${partitionOf(region)}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;
}

/** The key of an account that AWS manages for ECR (KMS, "AWS managed keys"). */
export function managedKeyArn({ account, region }: RegistryLocation): string {
  return `arn:${partitionOf(region)}:kms:${region}:${account}:alias/aws/ecr`;
}

/** A role, whatever its path: within an account its name is its own (IAM User Guide, "IAM identifiers"). */
export interface RoleName {
  readonly account: string;
  readonly name: string;
}

/** The role of an ARN `arn:aws:iam::1:role/PATH/NAME`, or undefined when it is none. */
export function parseRoleArn(arn: string): RoleName | undefined {
  return roleNameIn(/^arn:[^:]+:iam::(?<account>\d{12}):role\/(?:.+\/)?(?<name>[\w+=,.@-]+)$/.exec(arn));
}

/** The role that acts in a session `arn:aws:sts::1:assumed-role/NAME/SESSION`, or undefined when nobody's does. */
export function roleOfSession(arn: string): RoleName | undefined {
  return roleNameIn(/^arn:[^:]+:sts::(?<account>\d{12}):assumed-role\/(?<name>[^/]+)\//.exec(arn));
}

function roleNameIn(match: RegExpExecArray | null): RoleName | undefined {
  const { account, name } = match?.groups ?? {};
  return account === undefined || name === undefined ? undefined : { account, name };
}
