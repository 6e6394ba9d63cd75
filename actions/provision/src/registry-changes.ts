import type { RegistrySettingsConfig } from '@towpath/config';
import {
  blobMounting,
  putBlobMounting,
  putRegistryScanning,
  registryScanning,
  requireOwnRegistry,
  type RegistryScanning,
} from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import { matchesPattern } from '@towpath/lifecycle';
import type { Session } from '@towpath/session';
import type { PrivateRegistryRef } from './targets.ts';

/** A change of a setting that all repositories of a registry share. */
export type RegistryChange = {
  readonly registry: PrivateRegistryRef;
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** What the reader of the plan must know, for example which repositories are concerned. */
  readonly notes: readonly string[];
} & (
  | { readonly setting: 'scanning'; readonly value: RegistryScanning }
  | { readonly setting: 'blob-mounting'; readonly value: boolean }
);

/**
 * Compares the settings of a registry with the configuration.
 *
 * @param names all repositories of the registry
 * @throws CodedError `access-denied` if the credentials are of another account
 */
export async function registryChanges(
  wanted: RegistrySettingsConfig | undefined,
  registry: PrivateRegistryRef,
  names: readonly string[],
  session: Session,
): Promise<readonly RegistryChange[]> {
  if (wanted === undefined) return [];
  const ecr = session.ecr(registry);
  await requireOwnRegistry(session.aws(registry), ecr);
  const changes: RegistryChange[] = [];
  if (wanted.scanning !== undefined)
    changes.push(...scanningChange(wanted.scanning, await registryScanning(ecr), registry, names));
  if (wanted.blobMounting !== undefined) {
    const before = await blobMounting(ecr);
    const value = wanted.blobMounting;
    if (before !== value)
      changes.push({
        registry,
        setting: 'blob-mounting',
        value,
        removed: [String(before)],
        added: [String(value)],
        notes: [],
      });
  }
  return changes;
}

/** At most 100 filters in a rule (ECR API, RegistryScanningRule). */
const maxFilters = 100;

/** @throws CodedError `config-invalid` if the registry would have too many filters */
function scanningChange(
  { type, onPush, continuous }: NonNullable<RegistrySettingsConfig['scanning']>,
  before: RegistryScanning,
  registry: PrivateRegistryRef,
  names: readonly string[],
): RegistryChange[] {
  const value: RegistryScanning = {
    type: type === undefined ? before.type : type === 'enhanced' ? 'ENHANCED' : 'BASIC',
    onPush: union(before.onPush, onPush),
    // Basic scanning has no continuous scans, so their filters cannot stay.
    continuous: type === 'basic' ? [] : union(before.continuous, continuous),
  };
  const { host } = registry;
  if (value.type === 'BASIC' && value.continuous.length > 0)
    throw new CodedError(
      'config-invalid',
      `repositories.registry.scanning.continuous needs enhanced scanning, but ${host} has basic scanning.`,
      {
        hint: 'Write type: enhanced, too. Amazon Inspector charges for enhanced scanning.',
      },
    );
  if (Math.max(value.onPush.length, value.continuous.length) > maxFilters)
    throw new CodedError(
      'config-invalid',
      `${host} would have more than ${maxFilters} scanning filters of one kind.`,
      {
        hint: 'Replace several filters with one that has a *, with aws ecr put-registry-scanning-configuration.',
      },
    );
  const [old, next] = [linesOf(before), linesOf(value)];
  const removed = old.filter((line) => !next.includes(line));
  const added = next.filter((line) => !old.includes(line));
  if (removed.length + added.length === 0) return [];
  return [{ registry, setting: 'scanning', value, removed, added, notes: coverage(value, names) }];
}

function union(one: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set([...one, ...other])];
}

function linesOf({ type, onPush, continuous }: RegistryScanning): readonly string[] {
  return [
    type,
    ...onPush.map((filter) => `on push: ${filter}`),
    ...continuous.map((filter) => `continuous: ${filter}`),
  ];
}

/** The maximum number of names in a note. */
const maxNames = 20;

/** Says which repositories are scanned. A filter without `*` matches every name that contains it (ECR user guide). */
function coverage(
  { type, onPush, continuous }: RegistryScanning,
  names: readonly string[],
): readonly string[] {
  const covers = (filter: string, name: string) =>
    filter.includes('*') ? matchesPattern(filter, name) : name.includes(filter);
  const scanned = names.filter((name) => [...onPush, ...continuous].some((filter) => covers(filter, name)));
  const rest = names.filter((name) => !scanned.includes(name));
  const notes = [`The filters match ${listed(scanned)}.`];
  if (type === 'ENHANCED' && rest.length > 0)
    notes.push(`With enhanced scanning, ${listed(rest)} will not be scanned.`);
  return notes;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'no repository';
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
  return `${names.slice(0, maxNames).join(', ')}${more}`;
}

/** Makes a change. Scanning filters that others added since the plan was made stay. */
export async function applyRegistryChange(change: RegistryChange, session: Session): Promise<void> {
  const ecr = session.ecr(change.registry);
  if (change.setting === 'blob-mounting') return putBlobMounting(ecr, change.value);
  const { value } = change;
  const now = await registryScanning(ecr);
  await putRegistryScanning(ecr, {
    type: value.type,
    onPush: union(now.onPush, value.onPush),
    continuous: value.type === 'BASIC' ? [] : union(now.continuous, value.continuous),
  });
}
