import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import { proxyOf } from '@towpath/proxy';
import { formatPlatform } from '@towpath/reference';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { readImages } from './image-facts.ts';

/** Reads the images of a repository on a runner with the given environment. */
async function read(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const workspace = temporaryFolder();
  writeFiles(workspace, files);
  const printBake = () => Promise.reject(new Error('there is no bake file'));
  const config = await loadConfig({ workspace, defaultName: 'acme', printBake });
  const nothing = { env: {}, args: new Map<string, string>(), platforms: [], ownPlatform: [] };
  const proxy = { ...nothing, shared: proxyOf(env), docker: proxyOf(), mode: undefined };
  return readImages(config.images, { ...nothing, config, workspace, env, proxy });
}

async function problemsOf(...given: Parameters<typeof read>): Promise<readonly string[]> {
  const error: unknown = await read(...given).catch((reason: unknown) => reason);
  if (!(error instanceof CodedError)) throw error;
  return error.problems.map(({ code, message }) => `${code}: ${message}`);
}

describe('reading the images of a configuration', () => {
  test('reports all missing inputs at once', async () => {
    const config = `images:
  web:
    context: web
    contexts: { base: oci-layout://layout, lib: ./lib }
    secrets: { npm: { env: NPM_TOKEN }, netrc: { file: ci/netrc } }
    ssh: [default, deploy=ci/key]
  job: { context: job }
`;
    const files = { 'towpath.yaml': config, 'job/Dockerfile': 'FROM a\nARG HTTP_PROXY\n' };
    expect(await problemsOf(files, { HTTP_PROXY: 'http://tug:s3cret@proxy.example' })).toEqual([
      'context-missing: Image web builds with web, which is not a folder.',
      'dockerfile-missing: Image web has no Dockerfile: web/Dockerfile cannot be read.',
      'context-missing: Image web builds with layout, which is not an OCI layout.',
      'context-missing: Image web builds with ./lib, which is not a folder.',
      'secret-missing: The secret npm of image web has env: NPM_TOKEN, but NPM_TOKEN is not set.',
      'secret-missing: The secret netrc of image web needs the file ci/netrc, which does not exist.',
      'secret-missing: Image web needs an SSH agent for ssh: [default], but SSH_AUTH_SOCK is not set.',
      'secret-missing: The SSH key deploy of image web needs the file ci/key, which does not exist.',
      'proxy-exposed: Image job would contain the password of the proxy: job/Dockerfile declares ARG HTTP_PROXY.',
    ]);
  });

  test('suggests the Dockerfile in the context if the path was meant relative to the context', async () => {
    const files = {
      'towpath.yaml': 'images: { web: { context: web, dockerfile: Dockerfile } }\n',
      'web/Dockerfile': 'FROM scratch\n',
    };
    await expect(read(files)).rejects.toMatchObject({
      message: 'Image web has no Dockerfile: Dockerfile cannot be read.',
      hint: 'towpath.yaml names it; paths are relative to the root of the repository. Did you mean web/Dockerfile?',
    });
  });

  test.each([
    { name: 'a misspelled folder', yaml: '{ context: servics/web }', near: 'services/web' },
    { name: 'a backslash', yaml: "{ context: 'services\\web' }", near: 'services/web' },
    {
      name: 'a misspelled Dockerfile',
      yaml: '{ dockerfile: services/web/Dokerfile }',
      near: 'services/web/Dockerfile',
    },
  ])('suggests the existing path for $name', async ({ yaml, near }) => {
    const reading = read({
      'towpath.yaml': `images: { web: ${yaml} }\n`,
      'services/web/Dockerfile': 'FROM scratch\n',
    });
    await expect(reading).rejects.toMatchObject({
      problems: expect.arrayContaining([
        expect.objectContaining({ hint: expect.stringContaining(`Did you mean ${near}?`) as unknown }),
      ]) as unknown,
    });
  });

  test('lists each platform once, in a fixed order', async () => {
    const config = 'images: { web: { platforms: [linux/arm64, linux/amd64, linux/arm64] } }\n';
    const [web] = await read({ 'towpath.yaml': config, Dockerfile: 'FROM a\n' });
    expect(web?.platforms.map(formatPlatform)).toEqual(['linux/amd64', 'linux/arm64']);
  });

  test('succeeds if nothing is missing', async () => {
    const config = 'images: { web: { secrets: { npm: { env: NPM_TOKEN } }, ssh: [deploy=ci/key] } }\n';
    const files = { 'towpath.yaml': config, Dockerfile: 'FROM a\n', 'ci/key': '' };
    const [web] = await read(files, { NPM_TOKEN: 's3cret' });
    expect(web).toMatchObject({
      secrets: new Map([['npm', { env: 'NPM_TOKEN' }]]),
      ssh: [{ id: 'deploy', keys: [expect.stringMatching(/\/ci\/key$/)] }],
      baseImages: ['a'],
    });
  });
});
