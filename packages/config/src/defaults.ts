import { ownTemplate, presets } from '@towpath/tags';
import { plainBuildConfig, type BuildConfig } from './build-options.ts';
import type { Config, EnvironmentConfig, ImageConfig } from './config.ts';
import { carefulSettings } from './repository-settings.ts';

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

/** A configuration that says nothing but its images. */
export function imagesAlone(
  file: string,
  images: readonly ImageConfig[],
  build: BuildConfig = plainBuildConfig,
): Config {
  return {
    file,
    registry: { kind: 'caller' },
    images,
    bases: [],
    tags: defaults.buildTags,
    environments: modelEnvironments,
    gate: defaults.gate,
    repositories: carefulSettings,
    ledger: 'on',
    build,
    notices: [],
  };
}

/** Repositories on GitHub and folders may have names that images may not. */
export function imageNameFrom(repository: string): string {
  const name = repository
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return name === '' ? 'image' : name;
}
