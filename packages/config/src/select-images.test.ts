import { describe, expect, test } from '@jest/globals';
import { plainBuild, plainBuildConfig } from './build-options.ts';
import type { Config, ImageConfig } from './config.ts';
import { plainLint } from './lint-schema.ts';
import { plainRepositories } from './repository-settings.ts';
import { selectImages } from './select-images.ts';

function makeConfig(...names: readonly string[]): Config {
  const images = names.map((name): ImageConfig => ({
    name,
    context: '.',
    dockerfile: 'Dockerfile',
    platforms: [],
    ...plainBuild,
  }));
  return {
    file: 'towpath.yaml',
    registry: { kind: 'caller' },
    images,
    bases: [],
    notices: [],
    tags: [],
    environments: [],
    gate: { failOn: 'none' },
    repositories: plainRepositories,
    ledger: 'on',
    lint: plainLint,
    build: plainBuildConfig,
  };
}

function select(only: readonly string[]): string[] {
  return selectImages(makeConfig('web', 'job', 'api'), only).map(({ name }) => name);
}

describe('the images that a step acts on', () => {
  test('are all images by default', () => {
    expect(select([])).toEqual(['web', 'job', 'api']);
  });

  test('are the requested ones, in the order of the configuration', () => {
    expect(select(['api', 'web'])).toEqual(['web', 'api']);
  });

  test('must exist: every unknown name is reported with the nearest match', () => {
    expect(() => select(['wbe', 'web', 'worker'])).toThrow(
      expect.objectContaining({
        code: 'input-invalid',
        message: '2 images are unknown.',
        problems: [
          { code: 'input-invalid', message: 'towpath.yaml has no image "wbe".', hint: 'Did you mean web?' },
          {
            code: 'input-invalid',
            message: 'towpath.yaml has no image "worker".',
            hint: 'Valid: web, job, api.',
          },
        ],
      }),
    );
  });
});
