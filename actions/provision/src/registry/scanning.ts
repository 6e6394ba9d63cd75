import type { RegistrySettingsConfig } from '@towpath/config';
import { putRegistryScanning, registryScanning, type PrivateEcr, type RegistryScanning } from '@towpath/ecr';
import { matchesPattern } from '@towpath/lifecycle';
import { concerned, differing, listed, type Comparison, type RegistryContext } from './setting.ts';

type Wanted = NonNullable<RegistrySettingsConfig['scanning']>;

/** At most 100 filters in a rule (ECR API, RegistryScanningRule). */
const maxFilters = 100;

/** Compares the filters of scans. Those of others stay. */
export async function compareScanning(context: RegistryContext, wanted: Wanted): Promise<Comparison> {
  const { registry, ecr, names } = context;
  const before = await registryScanning(ecr);
  const value = merged(wanted, before);
  const problems = [];
  if (value.type === 'BASIC' && value.continuous.length > 0)
    problems.push({
      message: `repositories.registry.scanning.continuous needs enhanced scanning, but ${registry.host} has basic scanning.`,
      hint: 'Write type: enhanced, too. Amazon Inspector charges for enhanced scanning.',
    });
  if (Math.max(value.onPush.length, value.continuous.length) > maxFilters)
    problems.push({
      message: `${registry.host} would have more than ${maxFilters} scanning filters of one kind.`,
      hint: 'Replace several filters with one that has a *, with aws ecr put-registry-scanning-configuration.',
    });
  const lines = differing(linesOf(before), linesOf(value));
  const covers = (name: string) =>
    [...value.onPush, ...value.continuous].some((filter) => isCovered(filter, name));
  const rest = names.filter((name) => !covers(name));
  const notes = [
    ...concerned('The filters match', context, covers),
    ...(value.type === 'ENHANCED' && rest.length > 0
      ? [`With enhanced scanning, ${listed(rest)} will not be scanned.`]
      : []),
  ];
  const isSame = lines.removed.length + lines.added.length === 0;
  return {
    changes: isSame ? [] : [{ registry, setting: 'scanning', value, ...lines, notes }],
    problems,
    state: { scanning: value },
  };
}

function merged({ type, onPush, continuous }: Wanted, before: RegistryScanning): RegistryScanning {
  return {
    type: type === undefined ? before.type : type === 'enhanced' ? 'ENHANCED' : 'BASIC',
    onPush: union(before.onPush, onPush),
    // Basic scanning has no continuous scans, so their filters cannot stay.
    continuous: type === 'basic' ? [] : union(before.continuous, continuous),
  };
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

/** A filter without `*` matches every name that contains it (ECR user guide, "Filters"). */
function isCovered(filter: string, name: string): boolean {
  return filter.includes('*') ? matchesPattern(filter, name) : name.includes(filter);
}

/** Makes a change. Filters that others added since the plan was made stay. */
export async function applyScanning(ecr: PrivateEcr, value: RegistryScanning): Promise<void> {
  const now = await registryScanning(ecr);
  await putRegistryScanning(ecr, {
    type: value.type,
    onPush: union(now.onPush, value.onPush),
    continuous: value.type === 'BASIC' ? [] : union(now.continuous, value.continuous),
  });
}
