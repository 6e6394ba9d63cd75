import { partitionOf, registryKey } from '@towpath/reference';
import { readerStatements } from '../readers.ts';
import type { Target } from '../targets.ts';
import type { Access, EnvironmentAccess } from './access.ts';
import { policyOf, tasks, unwrap, type Policy } from './statements.ts';

/** A policy for repositories, which other accounts need. */
export interface RepositoryPolicy {
  readonly file: string;
  readonly repositories: readonly { readonly registry: Target['registry']; readonly repository: string }[];
  readonly policy: Policy;
}

/**
 * Returns the policies of repositories that other accounts use: readers pull, and the job of an environment in another
 * account pushes if the environment names no role. Repositories with the same policy share a file.
 */
export function repositoryPolicies(access: Access, targets: readonly Target[]): readonly RepositoryPolicy[] {
  const found = targets.flatMap((target) => {
    const statements = [
      ...promotions(access, target),
      ...(target.written.readers === undefined
        ? []
        : readerStatements(target.written.readers, target.registry)),
    ];
    return statements.length === 0
      ? []
      : [{ target, policy: policyOf(statements), place: environmentsOf(target, access) }];
  });
  const byPlace = Map.groupBy(found, ({ place }) => place);
  return [...byPlace].flatMap(([place, group]) => {
    const byPolicy = [...Map.groupBy(group, ({ policy }) => JSON.stringify(policy)).values()];
    return byPolicy.flatMap((same): RepositoryPolicy[] => {
      const [first] = same;
      if (first === undefined) return [];
      const { policy, target } = first;
      const own = byPolicy.length === 1 ? '' : `-${target.repository.replaceAll('/', '__')}`;
      return [{ file: `repository-of-${place}${own}`, policy, repositories: same.map((one) => one.target) }];
    });
  });
}

/** Returns the environments in other accounts that have a repository or its ledger, and push to it without a role. */
function foreignEnvironments(access: Access, { registry, uses }: Target): readonly EnvironmentAccess[] {
  const key = registryKey(registry);
  if (registry.account === access.build.registry.account) return [];
  return access.environments.filter(
    (one) =>
      one.role === undefined &&
      registryKey(one.registry) === key &&
      (uses === undefined ||
        uses.some(({ environments }) => environments.some(({ name }) => name === one.name))),
  );
}

function promotions(access: Access, target: Target): readonly object[] {
  const { build, team } = access;
  const environments = foreignEnvironments(access, target);
  const [first] = environments;
  if (first === undefined) return [];
  const { account, region } = build.registry;
  const roles = environments.map(
    ({ name }) => `arn:${partitionOf(region).id}:iam::${account}:role/${team}-promote-${name}`,
  );
  const isLedger = target.uses === undefined;
  const isCopied = environments.some(({ way }) => way === 'copy');
  const actions = [
    ...(isCopied || isLedger ? tasks.deliver : tasks.tag),
    ...(environments.some(({ listsTags }) => listsTags) ? tasks.listTags : []),
  ];
  return [{ Sid: 'Promotion', Effect: 'Allow', Principal: { AWS: unwrap(roles) }, Action: actions }];
}

/** Returns which environments have a repository, for the name of the file with its policy. */
function environmentsOf(target: Target, access: Access): string {
  const { uses } = target;
  const foreign = foreignEnvironments(access, target);
  if (foreign.length > 0) return foreign.map(({ name }) => name).join('-and-');
  if (uses === undefined || uses.some(({ isPublished }) => isPublished)) return 'build';
  return uses.flatMap(({ environments }) => environments.map(({ name }) => name))[0] ?? 'build';
}
