import { expect, test } from '@jest/globals';
import { proxyOf } from '@towpath/proxy';
import { loadConfig } from '@towpath/config';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { makeOdd, oddFiles } from '@towpath/testing/odd-files';
import { join } from 'node:path';
import { readInputs, type ImageInputs } from './image-inputs.ts';

async function inputsOf(workspace: string): Promise<ImageInputs> {
  const printBake = () => Promise.reject(new Error('there is no bake file'));
  const config = await loadConfig({ workspace, defaultName: 'web', printBake });
  const [image] = config.images;
  if (image === undefined) throw new Error('there is one image');
  const none = proxyOf({});
  const proxy = { shared: none, docker: none, mode: undefined };
  return readInputs(image, { config, workspace, platforms: [], ownPlatform: [], args: new Map(), proxy });
}

const files = [
  { file: 'Dockerfile', code: 'dockerfile-invalid' },
  { file: '.dockerignore', code: 'config-invalid' },
  { file: 'Dockerfile.dockerignore', code: 'config-invalid' },
  { file: 'base/index.json', code: 'context-missing' },
];

test.each(files.flatMap((one) => oddFiles.map((odd) => ({ ...one, odd, kind: odd.kind }))))(
  'rejects $kind instead of $file',
  async ({ file, code, odd }) => {
    const workspace = temporaryFolder();
    const contexts = file === 'base/index.json' ? '{ base: oci-layout://base }' : '{}';
    writeFiles(workspace, { 'towpath.yaml': `images: { web: { contexts: ${contexts} } }\n` });
    if (file !== 'Dockerfile') writeFiles(workspace, { Dockerfile: 'FROM scratch\n' });
    makeOdd(odd, join(workspace, file));
    await expect(inputsOf(workspace)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/is a pipe|is a folder|has \d+ bytes/) as unknown,
    });
  },
);

test('reads a Dockerfile whose ignore file is missing', async () => {
  const workspace = temporaryFolder();
  writeFiles(workspace, { 'towpath.yaml': 'images: { web: {} }\n', Dockerfile: 'FROM scratch\n' });
  expect((await inputsOf(workspace)).text).toBe('FROM scratch\n');
});
