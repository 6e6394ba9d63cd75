import { ownTemplate, presets } from '@towpath/tags';
import type { EnvironmentConfig } from './config.ts';

/** What holds where a configuration says nothing: the model's conventions. */
export const defaults = {
  buildTags: presets.version.map(ownTemplate),
  environmentTags: presets.environment.map(ownTemplate),
  environments: [
    { name: 'dev', from: 'build' },
    { name: 'test', from: 'dev' },
    { name: 'prod', from: 'test' },
  ],
  gate: { failOn: 'critical' },
} as const;

export const modelEnvironments: readonly EnvironmentConfig[] = defaults.environments.map((environment) => ({
  ...environment,
  tags: defaults.environmentTags,
}));
