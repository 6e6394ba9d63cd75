import { describe, expect, test } from '@jest/globals';
import { plugin } from './program.ts';
import { resolveImage } from './resolve.ts';

const digest = `sha256:${'a'.repeat(64)}`;

function resolve(stdout: string, exitCode = 0, stderr = '') {
  const port = { exec: () => Promise.resolve({ exitCode, stdout, stderr }) };
  return resolveImage(port, plugin, 'alpine', {});
}

describe('resolveImage', () => {
  test('returns the digest, the platform and the labels of an image', async () => {
    const config = { os: 'linux', architecture: 'arm', variant: 'v7', config: { Labels: { a: 'b' } } };
    expect(await resolve(`"${digest}" ${JSON.stringify(config)}`)).toEqual({
      digest,
      platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
      labels: { a: 'b' },
    });
  });

  test('returns the labels of one platform of an index', async () => {
    const config = { os: 'linux', architecture: 'arm64', config: { Labels: { a: 'b' } } };
    const byPlatform = JSON.stringify({ 'linux/arm64': config });
    expect(await resolve(`"${digest}" ${byPlatform}`)).toEqual({ digest, labels: { a: 'b' } });
    expect(await resolve(`"${digest}" null`)).toEqual({ digest, labels: {} });
  });

  test.each(['[]', '{"linux/amd64":3}', '{"os":"linux"}', 'no JSON', '3'])(
    'returns the digest alone if the config is %s',
    async (config) => {
      expect(await resolve(`"${digest}" ${config}`)).toEqual({ digest });
    },
  );

  test('returns the error, or that the format is unknown', async () => {
    expect(await resolve('', 1, 'ERROR: not found\n')).toEqual({ reason: 'ERROR: not found' });
    expect(await resolve('sha256:b')).toEqual({
      reason: 'buildx imagetools inspect printed an unknown format.',
    });
  });
});
