import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readDockerConfig, type Env } from './docker-config.ts';
import { withRegistryCredentials } from './registry-login.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const credentials = new Map([
  [host, { username: 'AWS', password: 's3cret"\\ of ECR' }],
  ['127.0.0.1:5000', { username: 'AWS', password: 'another' }],
]);

const theirs = {
  'config.json': JSON.stringify({
    auths: { 'https://index.docker.io/v1/': { auth: 'dHVnOm93bg==' }, [host]: { auth: 'stale' } },
    credsStore: 'desktop',
    credHelpers: { 'gcr.io': 'gcloud', '127.0.0.1:5000': 'own' },
    currentContext: 'barge',
    proxies: { default: { httpProxy: 'http://proxy.example' } },
  }),
  'contexts/meta/x/meta.json': '{"Name":"barge"}',
  'buildx/current': '{"Name":"tug"}',
};

interface Lent {
  readonly env: Env;
  readonly folder: string;
}

/** Lends the credentials, and shows what the body of the loan sees. */
async function lend<T>(files: Record<string, string>, body: (lent: Lent) => T, env: Env = {}): Promise<T> {
  const [home, temp] = [temporaryFolder(), temporaryFolder()];
  writeFiles(join(home, '.docker'), files);
  const given = { HOME: home, PATH: process.env.PATH, ...env };
  try {
    return await withRegistryCredentials(
      credentials,
      await readDockerConfig(given),
      { env: given, temp },
      (lent) =>
        Promise.resolve().then(() => body({ env: { ...given, ...lent }, folder: lent.DOCKER_CONFIG ?? '' })),
    );
  } finally {
    expect(readdirSync(temp)).toEqual([]);
  }
}

function get(server: string, { env }: Lent): unknown {
  const answer = execFileSync('docker-credential-towpath', ['get'], {
    env: { ...env },
    input: server,
    stdio: 'pipe',
  });
  return JSON.parse(answer.toString());
}

describe('registry credentials that are lent', () => {
  test.each([host, `https://${host}`, `https://${host}/v2/`])(
    'are given by a helper that is asked for %s',
    async (server) => {
      expect(await lend({}, (lent) => get(server, lent))).toEqual({
        ServerURL: host,
        Username: 'AWS',
        Secret: 's3cret"\\ of ECR',
      });
    },
  );

  test('are those of no other registry', async () => {
    const asked = lend({}, (lent) => get('222233334444.dkr.ecr.us-east-1.amazonaws.com', lent));
    await expect(asked).rejects.toThrow('Command failed');
  });

  test('are in no file', async () => {
    const texts = await lend(theirs, ({ folder }) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8')),
    );
    expect(texts).toHaveLength(4);
    for (const { password } of credentials.values()) {
      expect(texts.join('\n')).not.toContain(password);
      expect(texts.join('\n')).not.toContain(Buffer.from(`AWS:${password}`).toString('base64'));
    }
  });

  test('leave every setting of the user’s as it is, and their own helper for a registry too', async () => {
    const content = await lend(theirs, ({ folder }) => {
      expect(statSync(join(folder, 'config.json')).mode & 0o077).toBe(0);
      return JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as unknown;
    });
    expect(content).toEqual({
      ...(JSON.parse(theirs['config.json']) as object),
      credHelpers: { 'gcr.io': 'gcloud', '127.0.0.1:5000': 'own', [host]: 'towpath' },
    });
  });

  test('leave contexts, plugins and builders where they are found', async () => {
    const found = await lend(theirs, ({ env, folder }) => [
      readFileSync(join(folder, 'contexts/meta/x/meta.json'), 'utf8'),
      readFileSync(join(env.BUILDX_CONFIG ?? '', 'current'), 'utf8'),
    ]);
    expect(found).toEqual(['{"Name":"barge"}', '{"Name":"tug"}']);
  });

  test('leave builders where BUILDX_CONFIG says', async () => {
    expect(await lend(theirs, ({ env }) => env.BUILDX_CONFIG, { BUILDX_CONFIG: '/elsewhere' })).toBe(
      '/elsewhere',
    );
  });

  test('are taken back when what was done with them fails', async () => {
    const failing = lend(theirs, () => {
      throw new Error('the build failed');
    });
    await expect(failing).rejects.toThrow('the build failed');
  });

  test('leave everything as it is when there are none', async () => {
    const own = await readDockerConfig({ HOME: temporaryFolder() });
    const env = await withRegistryCredentials(new Map(), own, { env: {}, temp: '/nowhere' }, (lent) =>
      Promise.resolve(lent),
    );
    expect(env).toEqual({});
  });
});
