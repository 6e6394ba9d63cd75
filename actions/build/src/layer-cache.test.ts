import type { CacheConfig, ImageConfig } from '@towpath/config';
import type { Proposal } from '@towpath/tags';
import { expect, test } from '@jest/globals';
import { cacheAmongOthers, layerCache } from './layer-cache.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

async function cacheOf(name: string, config: CacheConfig, proposal?: Proposal): Promise<unknown> {
  const image = { name } as ImageConfig;
  return layerCache(image, config, {
    workspace: '/work',
    env: { HOME: '/home/tug' },
    proposal,
    locate: () => Promise.resolve({ host, repository: `payroll/${name}` }),
  });
}

const gha = { type: 'gha', mode: 'max' } as const;
const registry = { type: 'registry', mode: 'max' } as const;
const local = { type: 'local', mode: 'max' } as const;

test.each<{ config: CacheConfig; expected: object | undefined }>([
  { config: { type: 'none' }, expected: undefined },
  { config: gha, expected: { ...gha, scope: 'web' } },
  { config: { ...gha, scope: 'front' }, expected: { ...gha, scope: 'front' } },
  { config: registry, expected: { ...registry, reference: `${host}/payroll/web-cache:layers` } },
  {
    config: { ...registry, reference: `${host}/cache/web` },
    expected: { ...registry, reference: `${host}/cache/web:latest` },
  },
  { config: local, expected: { ...local, path: '/home/tug/.cache/towpath/layers/web' } },
])('an image’s own cache: $config', async ({ config, expected }) => {
  expect(await cacheOf('web', config)).toEqual(expected);
});

test.each<{ config: CacheConfig; expected: object }>([
  { config: { ...gha, scope: 'payroll' }, expected: { scope: 'payroll-web' } },
  {
    config: { ...registry, reference: `${host}/cache:main` },
    expected: { reference: `${host}/cache:main-web` },
  },
  { config: gha, expected: { scope: 'web' } },
  { config: registry, expected: { reference: `${host}/payroll/web-cache:layers` } },
])('a cache that is named once for all images: $config', async ({ config, expected }) => {
  expect(await cacheOf('web', cacheAmongOthers(config, 'web'))).toMatchObject(expected);
  expect(await cacheOf('job', cacheAmongOthers(config, 'job'))).not.toMatchObject(expected);
});

test.each<CacheConfig>([gha, registry, local])(
  'a $type cache is marked as another’s for a change that nobody has merged',
  async (config) => {
    expect(await cacheOf('web', config, {})).toMatchObject({ request: {} });
    expect(await cacheOf('web', config, { isolated: '7' })).toMatchObject({ request: { scope: 'pr-7' } });
    expect(await cacheOf('web', config)).not.toHaveProperty('request');
  },
);
