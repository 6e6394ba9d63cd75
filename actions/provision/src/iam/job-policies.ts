import type { Access, Area, EnvironmentAccess } from './access.ts';
import { provisionPolicies } from './provision-policies.ts';
import { allow, findRegistry, policyOf, tasks, type Policy } from './statements.ts';

/** Returns the least policy of each job, by the name of its file. */
export function jobPolicies(access: Access): Readonly<Record<string, Policy>> {
  return {
    ...(access.reuses && { 'build-reuse': reusePolicy(access) }),
    publish: publishPolicy(access),
    create: policyOf(allow('CreateRepositories', ['ecr:CreateRepository'], access.build.repositories)),
    gate: gatePolicy(access),
    ...Object.fromEntries(access.environments.flatMap((one) => Object.entries(promotePolicies(access, one)))),
    board: boardPolicy(access),
    ...provisionPolicies(access),
  };
}

function listTags({ listsTags }: { readonly listsTags: boolean }): readonly string[] {
  return listsTags ? tasks.listTags : [];
}

function reusePolicy(access: Access): Policy {
  const { repositories, ledger } = access.build;
  return policyOf(
    findRegistry(access, access.parameters, false),
    allow('FindImages', ['ecr:BatchGetImage', 'ecr:DescribeImages'], repositories),
    allow('ReadLedger', ['ecr:DescribeRepositories'], ledger === undefined ? [] : [ledger]),
  );
}

function publishPolicy(access: Access): Policy {
  return policyOf(
    allow('LogIn', tasks.logIn),
    findRegistry(access, access.parameters, true),
    allow('Push', [...tasks.publish, ...listTags(access)], access.build.repositories),
  );
}

function gatePolicy(access: Access): Policy {
  return policyOf(
    findRegistry(access, access.parameters, true),
    allow('ReadScanningConfiguration', tasks.readScanningConfiguration),
    allow('ReadFindings', tasks.gate, access.build.repositories),
  );
}

/** Returns the policy of the job that promotes, and that of the role that the environment names. */
function promotePolicies(access: Access, environment: EnvironmentAccess): Readonly<Record<string, Policy>> {
  const { name, way, role, soaks, sources, parameters, repositories, ledger } = environment;
  const common = [
    findRegistry(access, parameters, true),
    allow('LogInAndReadScanningConfiguration', tasks.readScanningConfiguration),
  ];
  const own = ledger === undefined ? [] : [ledger];
  const tags = listTags(environment);
  const file = `promote-${name}`;
  if (role === undefined && way === 'tag')
    return {
      [file]: policyOf(
        ...common,
        allow('GateAndTag', [...tasks.gateAndTag, ...tags], repositories),
        allow('Record', tasks.record, own),
      ),
    };
  const read = repositoriesOf(sources);
  const soak = allow('ReadSoakTimes', soaks ? tasks.readPushTimes : [], ledgersOf(sources));
  const [job, target] =
    way === 'replicated'
      ? [
          [allow('GateAndRead', [...tasks.gate, ...tasks.readReplication], read)],
          [allow('Tag', [...tasks.tag, ...tags], repositories), allow('Record', tasks.record, own)],
        ]
      : [
          [allow('GateAndPull', [...tasks.gate, ...tasks.pullLayers], read)],
          [allow('Push', [...tasks.deliver, ...tags], repositories)],
        ];
  if (role === undefined) return { [file]: policyOf(...common, ...job, soak, ...target) };
  return {
    [file]: policyOf(...common, ...job, soak, allow('AssumeTarget', ['sts:AssumeRole'], [role])),
    [`${file}-role`]: policyOf(allow('LogIn', tasks.logIn), ...target),
  };
}

/** Registries of other accounts are read with their roles. */
function boardPolicy({ build, environments }: Access): Policy {
  const own = environments.filter(({ registry }) => registry.account === build.registry.account);
  const areas: readonly Area[] = [build, ...own.filter(({ role }) => role === undefined)];
  const roles = [...new Set(environments.flatMap(({ role }) => role ?? []))];
  return policyOf(
    allow('FindEntries', ['ecr:ListImages', 'ecr:DescribeRepositories'], ledgersOf(areas)),
    allow('ReadEntriesAndTags', ['ecr:BatchGetImage'], repositoriesOf(areas)),
    allow('AssumeRoles', ['sts:AssumeRole'], roles),
  );
}

function repositoriesOf(areas: readonly Area[]): readonly string[] {
  return [...new Set(areas.flatMap(({ repositories }) => repositories))];
}

function ledgersOf(areas: readonly Area[]): readonly string[] {
  return [...new Set(areas.flatMap(({ ledger }) => ledger ?? []))];
}
