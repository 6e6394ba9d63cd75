import { registryLimits, type ReplicationConfig } from '@towpath/config';
import {
  putReplicationRules,
  replicationRules,
  type PrivateEcr,
  type ReplicationDestination,
  type ReplicationRule,
} from '@towpath/ecr';
import { partitionOf } from '@towpath/reference';
import { describeDestination } from './destination.ts';
import {
  concerned,
  differing,
  listed,
  type Comparison,
  type RegistryContext,
  type WantedReplication,
} from './setting.ts';

/** Compares the replication rules. Those of others stay, also whether they replicate deletions. */
export async function compareReplication(
  context: RegistryContext,
  written: readonly ReplicationConfig[],
): Promise<Comparison> {
  const { registry, ecr } = context;
  const before = await replicationRules(ecr);
  const value = wantedReplication(written, registry.account);
  const after = mergeRules(before, value);
  const lines = differing(before.flatMap(linesOf), after.flatMap(linesOf));
  const isSame = lines.removed.length + lines.added.length === 0;
  const itself = value.some(({ destinations }) =>
    destinations.some((one) => one.account === registry.account && one.region === registry.region),
  );
  const partition = partitionOf(registry.region).id;
  const foreign = value
    .flatMap((rule) => rule.destinations)
    .filter(({ region }) => partitionOf(region).id !== partition);
  const destinations = new Set(after.flatMap((rule) => rule.destinations.map(describeDestination))).size;
  const problems = [
    ...(itself
      ? [
          {
            message: `repositories.registry.replication has ${registry.host} itself as a destination.`,
            hint: 'Remove this destination, or write another region.',
          },
        ]
      : []),
    ...(foreign.length > 0
      ? [
          {
            message: `repositories.registry.replication has destinations in another partition of AWS than ${registry.host}: ${listed(foreign.map(describeDestination))}.`,
            hint: 'Remove these destinations, and promote to a registry of the other partition.',
          },
        ]
      : []),
    ...(after.length > registryLimits.replicationRules || destinations > registryLimits.destinations
      ? [
          {
            message: `${registry.host} would have ${after.length} replication rules and ${destinations} destinations with those of others. ECR allows 25 of each.`,
            hint: 'Write prefixes that several repositories share, or remove rules with aws ecr put-replication-configuration.',
          },
        ]
      : []),
  ];
  return {
    changes: isSame
      ? []
      : [{ registry, setting: 'replication', value, ...lines, notes: notesOf(context, before, after) }],
    problems,
    state: { replication: after },
  };
}

/** Returns the rules of a configuration, with the account of the registry where none is written. */
export function wantedReplication(
  written: readonly ReplicationConfig[],
  own: string,
): readonly WantedReplication[] {
  return written.map(({ to, repositories, deletions }) => ({
    destinations: to.map(({ account = own, region }) => ({ account, region })),
    prefixes: repositories,
    ...(deletions !== undefined && { deletions }),
  }));
}

/** A destination of repositories. Several rules can have the same repositories. */
interface Route {
  readonly prefixes: readonly string[];
  readonly destination: ReplicationDestination;
  readonly deletions: boolean;
}

/** Adds rules to those of a registry. A new rule does not replicate deletions unless it says so. */
export function mergeRules(
  before: readonly ReplicationRule[],
  wanted: readonly WantedReplication[],
): readonly ReplicationRule[] {
  const routes = new Map<string, Route>();
  const add = ({ prefixes, destinations, deletions }: WantedReplication, isOwn: boolean) => {
    for (const destination of destinations) {
      const key = JSON.stringify([sorted(prefixes), describeDestination(destination)]);
      const known = routes.get(key);
      const isKnown = known?.deletions ?? false;
      routes.set(key, {
        prefixes: known?.prefixes ?? prefixes,
        destination,
        deletions: isOwn ? (deletions ?? isKnown) : isKnown || deletions === true,
      });
    }
  };
  for (const rule of before) add(rule, false);
  for (const rule of wanted) add(rule, true);
  const rules = Map.groupBy(routes.values(), ({ prefixes, deletions }) =>
    JSON.stringify([sorted(prefixes), deletions]),
  );
  return [...rules.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { prefixes, deletions } = first;
    return { prefixes, deletions, destinations: group.map(({ destination }) => destination) };
  });
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

function linesOf({ prefixes, destinations, deletions }: ReplicationRule): readonly string[] {
  const what = prefixes.length === 0 ? 'all repositories' : sorted(prefixes).join(', ');
  return destinations.map(
    (one) => `${what} to ${describeDestination(one)}${deletions ? ' with deletions' : ''}`,
  );
}

/** Says in which destinations images are deleted, too, if they are deleted in a repository. */
export function replicaLosses(rules: readonly ReplicationRule[], repository: string): readonly string[] {
  const replicas = rules
    .filter((rule) => rule.deletions && coversIn(rule)(repository))
    .flatMap(({ destinations }) => destinations.map(describeDestination));
  const distinct = [...new Set(replicas)];
  return distinct.length === 0
    ? []
    : [`The replicas in ${distinct.join(' and ')} lose the expired images, too.`];
}

function coversIn({ prefixes }: Pick<ReplicationRule, 'prefixes'>): (name: string) => boolean {
  return (name) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix));
}

function notesOf(
  context: RegistryContext,
  before: readonly ReplicationRule[],
  after: readonly ReplicationRule[],
): readonly string[] {
  const { names, registry } = context;
  const known = new Set(before.flatMap(linesOf));
  const changed = after
    .map((rule) => ({
      ...rule,
      destinations: rule.destinations.filter((one) =>
        linesOf({ ...rule, destinations: [one] }).some((line) => !known.has(line)),
      ),
    }))
    .filter(({ destinations }) => destinations.length > 0);
  const foreign = changed
    .flatMap(({ destinations }) => destinations)
    .filter(({ account }) => account !== registry.account)
    .map(describeDestination);
  return [
    ...changed.flatMap((rule) =>
      concerned(
        `Pushed images are copied to ${rule.destinations.map(describeDestination).join(' and ')}:`,
        context,
        coversIn(rule),
      ),
    ),
    'Images that exist are not copied. To copy them, run provision with mode: backfill.',
    ...changed
      .filter(({ deletions }) => deletions)
      .map(
        (rule) =>
          `The replicas in ${rule.destinations.map(describeDestination).join(' and ')} lose images: an image or a tag that is deleted or expires in ${listed(names.filter(coversIn(rule)))} is deleted there, too.`,
      ),
    ...(foreign.length === 0
      ? []
      : [
          `The registry policy of ${foreign.join(' and ')} must allow account ${registry.account} ecr:ReplicateImage and ecr:CreateRepository.`,
        ]),
  ];
}

/** Makes a change. Rules that others added since the plan was made stay. */
export async function applyReplication(ecr: PrivateEcr, wanted: readonly WantedReplication[]): Promise<void> {
  await putReplicationRules(ecr, mergeRules(await replicationRules(ecr), wanted));
}
