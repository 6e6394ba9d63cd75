import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
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

interface Session {
  readonly env: Env;
  readonly folder: string;
}

/** Runs a body with the credentials, and checks that no files are left afterwards. */
async function login<T>(
  files: Record<string, string>,
  body: (session: Session) => T,
  env: Env = {},
): Promise<T> {
  const [home, temp] = [temporaryFolder(), temporaryFolder()];
  writeFiles(join(home, '.docker'), files);
  const given = { HOME: home, PATH: process.env.PATH, ...env };
  try {
    return await withRegistryCredentials(
      credentials,
      await readDockerConfig(given),
      { env: given, temp },
      (added) =>
        Promise.resolve().then(() =>
          body({ env: { ...given, ...added }, folder: added.DOCKER_CONFIG ?? '' }),
        ),
    );
  } finally {
    expect(readdirSync(temp)).toEqual([]);
  }
}

function get(server: string, { env }: Session): unknown {
  const answer = execFileSync('docker-credential-towpath', ['get'], {
    env: { ...env },
    input: server,
    stdio: 'pipe',
  });
  return JSON.parse(answer.toString());
}

describe('withRegistryCredentials', () => {
  test.each([host, `https://${host}`, `https://${host}/v2/`])(
    'adds a credential helper that returns the login for %s',
    async (server) => {
      expect(await login({}, (session) => get(server, session))).toEqual({
        ServerURL: host,
        Username: 'AWS',
        Secret: 's3cret"\\ of ECR',
      });
    },
  );

  test('adds a helper that returns no login for another registry', async () => {
    const answer = login({}, (session) => get('222233334444.dkr.ecr.us-east-1.amazonaws.com', session));
    await expect(answer).rejects.toThrow('Command failed');
  });

  test('writes no password to a file', async () => {
    const texts = await login(theirs, ({ folder }) =>
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

  test('keeps all settings of the user, including a credential helper for the same registry', async () => {
    const content = await login(theirs, ({ folder }) => {
      expect(statSync(join(folder, 'config.json')).mode & 0o077).toBe(0);
      return JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as unknown;
    });
    expect(content).toEqual({
      ...(JSON.parse(theirs['config.json']) as object),
      credHelpers: { 'gcr.io': 'gcloud', '127.0.0.1:5000': 'own', [host]: 'towpath' },
    });
  });

  test('keeps contexts, plugins and builders available', async () => {
    const found = await login(theirs, ({ env, folder }) => [
      readFileSync(join(folder, 'contexts/meta/x/meta.json'), 'utf8'),
      readFileSync(join(env.BUILDX_CONFIG ?? '', 'current'), 'utf8'),
    ]);
    expect(found).toEqual(['{"Name":"barge"}', '{"Name":"tug"}']);
  });

  test('keeps BUILDX_CONFIG', async () => {
    expect(await login(theirs, ({ env }) => env.BUILDX_CONFIG, { BUILDX_CONFIG: '/elsewhere' })).toBe(
      '/elsewhere',
    );
  });

  test('removes its files if the body fails', async () => {
    const failing = login(theirs, () => {
      throw new Error('the build failed');
    });
    await expect(failing).rejects.toThrow('the build failed');
  });

  test('changes nothing without credentials', async () => {
    const config = await readDockerConfig({ HOME: temporaryFolder() });
    const env = await withRegistryCredentials(new Map(), config, { env: {}, temp: '/nowhere' }, (added) =>
      Promise.resolve(added),
    );
    expect(env).toEqual({});
  });
});
