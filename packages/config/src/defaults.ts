import { defaultPolicy } from '@towpath/scan-policy';
import { ownTemplate, presets } from '@towpath/tags';
import { plainBuildConfig, type BuildConfig } from './build-options.ts';
import type { Config, EnvironmentConfig, ImageConfig } from './config.ts';
import { plainLint } from './lint-schema.ts';
import { plainRepositories } from './repository-settings.ts';

/** The defaults of a configuration, following the model's conventions. */
export const defaults = {
  buildTags: presets.version.map(ownTemplate),
  environmentTags: presets.environment.map(ownTemplate),
  environments: [
    { name: 'dev', from: ['build'] },
    { name: 'test', from: ['dev'] },
    { name: 'prod', from: ['test'] },
  ],
  gate: defaultPolicy,
} as const;

export const modelEnvironments: readonly EnvironmentConfig[] = defaults.environments.map((environment) => ({
  ...environment,
  tags: defaults.environmentTags,
}));

/** Returns a configuration with these images and default settings. */
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
    repositories: plainRepositories,
    ledger: 'on',
    lint: plainLint,
    build,
    notices: [],
  };
}

/** Returns a valid image name for a GitHub repository or a folder, whose names allow more characters. */
export function imageNameFrom(repository: string): string {
  const name = repository
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return name === '' ? 'image' : name;
}
