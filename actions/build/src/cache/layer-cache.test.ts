import type { Proposal } from '@towpath/ci';
import type { CacheConfig, ImageConfig } from '@towpath/config';
import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
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
])('returns the cache of one image: $config', async ({ config, expected }) => {
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
])(
  'returns a separate cache for each image if one is configured for all: $config',
  async ({ config, expected }) => {
    expect(await cacheOf('web', cacheAmongOthers(config, 'web'))).toMatchObject(expected);
    expect(await cacheOf('job', cacheAmongOthers(config, 'job'))).not.toMatchObject(expected);
  },
);

test.each<CacheConfig>([gha, registry, local])(
  'keeps a $type cache separate for a change that is not merged',
  async (config) => {
    expect(await cacheOf('web', config, {})).toMatchObject({ request: {} });
    expect(await cacheOf('web', config, { isolated: '7' })).toMatchObject({ request: { scope: 'pr-7' } });
    expect(await cacheOf('web', config)).not.toHaveProperty('request');
  },
);

describe('a local cache in the workspace', () => {
  const choose = (workspace: string, path: string) =>
    layerCache(
      { name: 'web' } as ImageConfig,
      { ...local, path },
      {
        workspace,
        env: {},
        proposal: undefined,
        locate: () => Promise.reject(new Error('a local cache has no repository')),
      },
    );

  test('has a separate folder for each image', async () => {
    const workspace = temporaryFolder();
    writeFiles(workspace, { 'cache/web-linux-amd64/index.json': '{}' });
    expect(await choose(workspace, 'cache')).toMatchObject({ path: join(workspace, 'cache/web') });
  });

  test.each([
    { name: 'in .git', path: '.git/cache', link: undefined },
    { name: 'that is a link to outside', path: 'cache', link: 'cache/web' },
    { name: 'whose index is a link', path: 'cache', link: 'cache/web/index.json' },
    { name: 'whose blobs are a link', path: 'cache', link: 'cache/web/blobs/sha256' },
    {
      name: 'whose folder for a platform has a link',
      path: 'cache',
      link: 'cache/web-linux-arm64/oci-layout',
    },
  ])('rejects a folder $name', async ({ path, link }) => {
    const workspace = temporaryFolder();
    if (link !== undefined) {
      mkdirSync(join(workspace, link, '..'), { recursive: true });
      symlinkSync(temporaryFolder(), join(workspace, link));
    }
    await expect(choose(workspace, path)).rejects.toMatchObject({ code: 'config-invalid' });
  });
});
