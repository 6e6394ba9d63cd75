import type { Config } from '@towpath/config';
import { requireOwnRegistry } from '@towpath/ecr';
import type { Session } from '@towpath/session';
import type { PrivateRegistryRef } from '../targets.ts';
import { compareAccountSettings, wantedSettings } from './account-settings.ts';
import { comparePolicy } from './policy.ts';
import { comparePullThrough } from './pull-through.ts';
import { comparePullTimeExclusions } from './pull-time-exclusions.ts';
import { compareReplication } from './replication.ts';
import { compareScanning } from './scanning.ts';
import type { Comparison, RegistryContext, RegistryState } from './setting.ts';
import { compareSigning } from './signing.ts';
import { compareTemplates } from './templates.ts';

/** The settings of a registry and what differs from the configuration. */
export type RegistryComparison = Omit<Required<Comparison>, 'problems'>;

/**
 * Compares the settings of a registry with the configuration. The result is in the order of execution: a setting comes
 * after the settings that it needs. Reads only settings that the configuration contains.
 *
 * @param names all repositories of the registry
 * @param own the repositories that the configuration uses
 * @throws CodedError `access-denied` if the credentials are of another account
 */
export async function compareRegistry(
  config: Config,
  registry: PrivateRegistryRef,
  { names, own }: Pick<RegistryContext, 'names' | 'own'>,
  session: Session,
): Promise<Required<Comparison>> {
  const { registry: wanted } = config.repositories;
  if (wanted === undefined) return { changes: [], blocked: [], problems: [], state: {} };
  const ecr = session.ecr(registry);
  await requireOwnRegistry(session.aws(registry), ecr);
  const context = { config, registry, ecr, wanted, names, own };
  const found: Comparison[] = [];
  const accountSettings = wantedSettings(wanted);
  if (Object.keys(accountSettings).length > 0)
    found.push(await compareAccountSettings(context, accountSettings));
  if (wanted.scanning !== undefined) found.push(await compareScanning(context, wanted.scanning));
  if (wanted.policy !== undefined) found.push(await comparePolicy(context, wanted.policy));
  if (wanted.pullTimeExclusions !== undefined)
    found.push(await comparePullTimeExclusions(context, wanted.pullTimeExclusions));
  if (wanted.templates !== undefined) found.push(await compareTemplates(context, wanted.templates));
  if (wanted.pullThrough !== undefined) found.push(await comparePullThrough(context, wanted.pullThrough));
  if (wanted.replication !== undefined) found.push(await compareReplication(context, wanted.replication));
  if (wanted.signing !== undefined) found.push(await compareSigning(context, wanted.signing));
  return {
    changes: found.flatMap(({ changes }) => changes),
    blocked: found.flatMap(({ blocked = [] }) => blocked),
    problems: found.flatMap(({ problems = [] }) => problems),
    state: found.reduce<RegistryState>((all, { state }) => ({ ...all, ...state }), {}),
  };
}
