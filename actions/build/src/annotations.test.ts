import { expect, test } from '@jest/globals';
import type { ImageConfig } from '@towpath/config';
import { bases } from '@towpath/dockerfile';
import { proxyOf } from '@towpath/proxy';
import { digestOf, parsePlatform } from '@towpath/reference';
import {
  annotateCaches,
  annotateForeignBases,
  annotateCacheFailures,
  annotateSecrets,
  annotateShownSecrets,
} from './annotations.ts';

const platform = (text: string) => {
  const parsed = parsePlatform(text);
  if (parsed === undefined) throw new Error(`${text} is a platform`);
  return parsed;
};

test('warns of a base image for another platform at its line, unless the stage requests that platform', () => {
  const dockerfile =
    'FROM --platform=$BUILDPLATFORM tools AS tools\nFROM many\nFROM arm\nFROM armv8\nFROM unknown\n' +
    ['0', '1', '2', '3'].map((stage) => `COPY --from=${stage} a b\n`).join('');
  const options = {
    args: new Map(),
    platforms: [platform('linux/amd64'), platform('linux/arm64')],
    buildPlatform: platform('linux/amd64'),
  };
  const image = { name: 'web', dockerfile: 'web/Dockerfile' } as ImageConfig;
  const digest = digestOf('');
  const resolved = new Map([
    ['tools', { digest, platform: platform('linux/amd64') }],
    ['many', { digest }],
    ['arm', { digest, platform: platform('linux/arm64') }],
    ['armv8', { digest, platform: { ...platform('linux/arm64'), variant: 'v8' } }],
  ]);
  const annotations = annotateForeignBases([{ image, bases: bases(dockerfile, options) }], resolved);
  expect(annotations.map(({ message, position }) => [position?.line, message])).toEqual([
    [3, 'Image web is built for linux/amd64 from arm, which is only for linux/arm64.'],
    [4, 'Image web is built for linux/amd64 from armv8, which is only for linux/arm64.'],
  ]);
});

test.each([
  {
    reason:
      "error writing layer blob: unknown: The repository with name 'web-cache' does not exist in the registry with id '111122223333'",
    cure: /Create the repository of the cache, and make its tags mutable/,
  },
  {
    reason:
      "error writing manifest blob: unknown: The image tag 'layers' already exists in the 'web-cache' repository and cannot be overwritten because the repository is immutable.",
    cure: /Create the repository of the cache, and make its tags mutable/,
  },
  { reason: 'connection refused', cure: /connection refused$/ },
])('warns that a cache could not be written, with a fix for known reasons: $reason', ({ reason, cure }) => {
  const cacheFailures = { read: undefined, written: reason };
  const [loss, ...more] = annotateCacheFailures([
    { planned: { name: 'web' }, progress: { cacheFailures }, orphans: 0 },
  ]);
  expect(loss?.message).toContain(`web: its cache could not be written: ${reason}`);
  expect(loss?.message).toMatch(cure);
  expect(more).toEqual([]);
});

test('warns if the GitHub Actions cache is configured but not available, because buildx reports nothing', () => {
  const gha = [{ type: 'local' }, { type: 'gha' }] as const;
  const job = { ACTIONS_RUNTIME_TOKEN: 'secret', ACTIONS_RESULTS_URL: 'https://results.example' };
  expect(annotateCaches(gha, job)).toEqual([]);
  expect(annotateCaches([{ type: 'local' }], {})).toEqual([]);
  for (const env of [{}, { ...job, ACTIONS_RUNTIME_TOKEN: '' }])
    expect(annotateCaches(gha, env)).toMatchObject([
      { level: 'warning', message: expect.stringContaining('Layers are not cached') as unknown },
    ]);
});

test('warns of an empty secret, because a run for a fork has empty secrets', () => {
  const image = { name: 'web' } as ImageConfig;
  const secrets = new Map<string, { env: string } | { file: string }>([
    ['npm', { env: 'NPM_TOKEN' }],
    ['pip', { env: 'PIP_TOKEN' }],
    ['netrc', { file: '/ci/netrc' }],
  ]);
  const annotations = annotateSecrets([{ image, secrets }], { NPM_TOKEN: '', PIP_TOKEN: 's3cret' });
  expect(annotations.map(({ message }) => message)).toEqual([
    'The secret npm of image web is empty: the variable NPM_TOKEN is empty. A run for a fork has no secrets.',
  ]);
});

test.each([
  { shown: [], address: 'http://tug:0123456789@proxy', expected: [] },
  { shown: ['a'], address: '', expected: ['The log does not mask the secret a: '] },
  {
    shown: ['a', 'b'],
    address: 'http://tug:dev@proxy',
    expected: ['The log does not mask the secrets a, b and the password of the proxy: '],
  },
])('reports the unmasked secrets $shown in one notice', ({ shown, address, expected }) => {
  const annotations = annotateShownSecrets({ shown }, proxyOf({ HTTP_PROXY: address }));
  expect(annotations.map(({ level, message }) => [level, message])).toEqual(
    expected.map((text) => ['notice', expect.stringContaining(text)]),
  );
});
