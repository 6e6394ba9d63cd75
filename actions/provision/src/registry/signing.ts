import { registryLimits, type SigningConfig } from '@towpath/config';
import { putSigningRules, signingRules, type PrivateEcr, type SigningRule } from '@towpath/ecr';
import { matchesPattern } from '@towpath/lifecycle';
import { concerned, differing, type Comparison, type RegistryContext } from './setting.ts';

/** Compares the signing rules. Those of others stay, also their filters for the same profile. */
export async function compareSigning(
  context: RegistryContext,
  written: readonly SigningConfig[],
): Promise<Comparison> {
  const { registry, ecr } = context;
  const before = await signingRules(ecr);
  const value = written.map(({ profile, repositories }) => ({ profile, filters: repositories }));
  const after = mergeSigning(before, value);
  const lines = differing(before.flatMap(linesOf), after.flatMap(linesOf));
  const isSame = lines.removed.length + lines.added.length === 0;
  const isTooMany = after.length > registryLimits.signingRules;
  return {
    changes: isSame
      ? []
      : [
          {
            registry,
            setting: 'signing',
            value,
            ...lines,
            notes: value.flatMap(({ profile, filters }) =>
              concerned(
                `${profile} signs pushed images of`,
                context,
                (name) => filters.length === 0 || filters.some((filter) => matchesPattern(filter, name)),
              ),
            ),
          },
        ],
    problems: isTooMany
      ? [
          {
            message: `${registry.host} would have ${after.length} signing rules with those of others. ECR allows ${registryLimits.signingRules}.`,
            hint: 'Use a profile that the registry has, or remove rules with aws ecr put-signing-configuration.',
          },
        ]
      : [],
    state: { signing: { rules: after, exists: before.length > 0 } },
  };
}

/** Adds rules to those of a registry. A rule without filters signs all repositories. */
export function mergeSigning(
  before: readonly SigningRule[],
  wanted: readonly SigningRule[],
): readonly SigningRule[] {
  const rules = new Map<string, SigningRule>();
  for (const { profile, filters } of [...before, ...wanted]) {
    const known = rules.get(profile);
    const isAll = filters.length === 0 || known?.filters.length === 0;
    rules.set(profile, {
      profile,
      filters: isAll ? [] : [...new Set([...(known?.filters ?? []), ...filters])],
    });
  }
  return [...rules.values()];
}

function linesOf({ profile, filters }: SigningRule): readonly string[] {
  const what = filters.length === 0 ? ['all repositories'] : filters;
  return what.map((one) => `${one} by ${profile}`);
}

/** Makes a change. Rules that others added since the plan was made stay. */
export async function applySigning(ecr: PrivateEcr, wanted: readonly SigningRule[]): Promise<void> {
  await putSigningRules(ecr, mergeSigning(await signingRules(ecr), wanted));
}
