import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { join } from 'node:path';
import { dockerProxy, hasLogin, readDockerConfig, type DockerConfigFile } from './docker-config.ts';

function configOf(content: DockerConfigFile): {
  folder: string;
  entries: string[];
  content: DockerConfigFile;
} {
  return { folder: '/docker', entries: [], content };
}

describe('readDockerConfig', () => {
  test('reads the folder DOCKER_CONFIG, or .docker in the home folder', async () => {
    const [home, folder] = [temporaryFolder(), temporaryFolder()];
    writeFiles(join(home, '.docker'), { 'config.json': '{"auths":{"a":{}}}', 'contexts/x': '' });
    expect(await readDockerConfig({ HOME: home })).toEqual({
      folder: join(home, '.docker'),
      entries: ['contexts'],
      content: { auths: { a: {} } },
    });
    expect(await readDockerConfig({ HOME: home, DOCKER_CONFIG: folder })).toEqual({
      folder,
      entries: [],
      content: {},
    });
  });

  test('returns an empty configuration if the file is missing', async () => {
    const home = temporaryFolder();
    expect(await readDockerConfig({ HOME: home })).toMatchObject({ entries: [], content: {} });
  });

  test.each(['{"auths":', '[]', '"x"', 'null'])('rejects %s without showing it', async (text) => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'config.json': text });
    await expect(readDockerConfig({ DOCKER_CONFIG: folder })).rejects.toMatchObject({
      code: 'input-invalid',
      message: `${join(folder, 'config.json')} is not a JSON object.`,
    });
  });
});

describe('dockerProxy', () => {
  const proxies = {
    default: { httpProxy: 'http://p', httpsProxy: 'http://s', noProxy: 'n', ftpProxy: 'f', allProxy: 'a' },
    'tcp://far:2376': { httpProxy: 'http://far' },
  };
  test('returns the default proxy', () => {
    expect(dockerProxy(configOf({ proxies }), {})).toEqual({
      HTTP_PROXY: 'http://p',
      HTTPS_PROXY: 'http://s',
      NO_PROXY: 'n',
      FTP_PROXY: 'f',
      ALL_PROXY: 'a',
    });
  });

  test('returns the proxy of the daemon in DOCKER_HOST', () => {
    expect(dockerProxy(configOf({ proxies }), { DOCKER_HOST: 'tcp://far:2376' })).toEqual({
      HTTP_PROXY: 'http://far',
    });
  });

  test('returns nothing without a configured proxy', () => {
    expect(dockerProxy(configOf({}), {})).toEqual({});
  });
});

test.each([
  { content: { auths: { 'r.example': {} } }, expected: true },
  { content: { auths: { 'https://r.example': {} } }, expected: true },
  { content: { credHelpers: { 'r.example': 'x' } }, expected: true },
  { content: { auths: { 'other.example': {} } }, expected: false },
  { content: {}, expected: false },
])('detects a login for a registry in $content: $expected', ({ content, expected }) => {
  expect(hasLogin(configOf(content), 'r.example')).toBe(expected);
});
