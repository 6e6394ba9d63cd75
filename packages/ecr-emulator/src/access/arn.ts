import type { RepositoryPlace } from '../registry/repository.ts';
import { partitionOf } from './caller.ts';

/** The ARN of a repository. */
export function repositoryArn({ account, region }: RepositoryPlace, name: string): string {
  return `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${name}`;
}

const repositoryArnPattern =
  /^arn:aws[a-z-]*:ecr:(?<region>[a-z0-9-]+):(?<account>\d{12}):repository\/(?<name>.+)$/;

/** The account and the name in a repository's ARN, or undefined when it is none. */
export function parseRepositoryArn(arn: string): { account: string; name: string } | undefined {
  const { account, name } = repositoryArnPattern.exec(arn)?.groups ?? {};
  return account === undefined || name === undefined ? undefined : { account, name };
}
