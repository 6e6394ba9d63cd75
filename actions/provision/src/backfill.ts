import type { Config } from '@towpath/config';
import {
  backfills,
  replicationRules,
  requireOwnRegistry,
  startBackfill,
  type Backfill,
  type ReplicationDestination,
} from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { Session } from '@towpath/session';
import { describeDestination } from './registry/destination.ts';
import { wantedReplication } from './registry/replication.ts';
import type { PrivateRegistryRef } from './targets.ts';

/** A back-fill to one destination: it copies images that were pushed before the replication rule. */
export interface PlannedBackfill {
  readonly registry: PrivateRegistryRef;
  readonly destination: ReplicationDestination;
  /** The newest back-fill to this destination, if there was one. */
  readonly last?: Backfill;
  /** Whether a back-fill to the region is in progress. ECR runs one at a time. */
  readonly isRunning: boolean;
}

const running = ['PREPARING', 'IN_PROGRESS', 'STOPPING'];

/**
 * Returns the back-fills to all destinations of `repositories.registry.replication`.
 *
 * @throws CodedError `config-invalid` if the configuration has no replication, or the registry lacks one of its rules
 */
export async function planBackfills(
  config: Config,
  registry: PrivateRegistryRef,
  session: Session,
): Promise<readonly PlannedBackfill[]> {
  const { replication } = config.repositories.registry ?? {};
  if (replication === undefined || replication.length === 0)
    throw new CodedError('config-invalid', `${config.file} has no repositories.registry.replication.`, {
      hint: 'Write the replication rules, run provision with mode: apply, and then with mode: backfill.',
    });
  const ecr = session.ecr(registry);
  await requireOwnRegistry(session.aws(registry), ecr);
  const rules = await replicationRules(ecr);
  const known = new Set(rules.flatMap(({ destinations }) => destinations.map(describeDestination)));
  const all = wantedReplication(replication, registry.account).flatMap(({ destinations }) => destinations);
  const destinations = [...new Map(all.map((one) => [describeDestination(one), one])).values()];
  const missing = destinations
    .filter((one) => !known.has(describeDestination(one)))
    .map((one): Problem => ({
      code: 'config-invalid',
      message: `${registry.host} does not replicate to ${describeDestination(one)} yet.`,
      hint: 'Run provision with mode: apply first.',
    }));
  if (missing.length > 0)
    throw CodedError.of(missing, (count) => `${registry.host} lacks ${count} destinations.`);
  const found = await backfills(ecr);
  return destinations.map((destination) => {
    const last = found.find(
      (one) => describeDestination(one.destination) === describeDestination(destination),
    );
    return {
      registry,
      destination,
      ...(last !== undefined && { last }),
      isRunning: found.some(
        (one) => one.destination.region === destination.region && running.includes(one.status),
      ),
    };
  });
}

/** Starts a back-fill. Returns its id, or undefined if ECR runs another one in the region. */
export async function runBackfill(
  { registry, destination }: PlannedBackfill,
  session: Session,
): Promise<string | undefined> {
  return startBackfill(session.ecr(registry), destination);
}
