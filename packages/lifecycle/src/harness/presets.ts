import type { LifecyclePreset, Protection } from '../preset.ts';

export const nothingProtected: Protection = { environments: [], moving: [], versions: ['build-*'] };

/** The protection of a team with three environments in one repository. */
export const team: Protection = {
  environments: [
    { name: 'dev', from: ['build'], patterns: ['dev-*'], moving: ['dev'] },
    { name: 'test', from: ['dev'], patterns: ['test-*'], moving: ['test'] },
    { name: 'prod', from: ['test'], patterns: ['prod-*'], moving: [] },
  ],
  moving: [],
  versions: ['build-*'],
};

export function preset(written: Partial<LifecyclePreset>): LifecyclePreset {
  return { expire: {}, environments: {}, ...written };
}
