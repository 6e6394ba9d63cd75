import { pullTimeExclusions } from '@towpath/ecr';
import type { Comparison, RegistryContext } from './setting.ts';

/** Compares the principals whose pulls do not count as a use of an image. Those of others stay. */
export async function comparePullTimeExclusions(
  { registry, ecr }: RegistryContext,
  wanted: readonly string[],
): Promise<Comparison> {
  const before = await pullTimeExclusions(ecr);
  const missing = [...new Set(wanted)].filter((principal) => !before.includes(principal));
  return {
    changes:
      missing.length === 0
        ? []
        : [
            {
              registry,
              setting: 'pull-time exclusions',
              value: missing,
              removed: [],
              added: missing,
              notes: [
                'Pulls of these principals no longer keep images from being archived by sinceImagePulled.',
              ],
            },
          ],
    state: {
      pullTimeExclusions: wanted.map((principal) => ({ principal, exists: before.includes(principal) })),
    },
  };
}
