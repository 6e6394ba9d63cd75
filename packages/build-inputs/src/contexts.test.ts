import { expect, test } from '@jest/globals';
import { loadConfig } from '@towpath/config';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { readContexts } from './contexts.ts';

const commit = 'a'.repeat(40);

test.each([
  [`https://github.com/acme/src.git#${commit}`, true],
  [`github.com/acme/src#${commit}`, true],
  [`deploy@git.example.com:acme/src.git#${commit}:sub`, true],
  ['git://example.com/acme/src', false],
  ['https://github.com/acme/src.git#main', false],
  [`https://example.com/src.tgz#${commit}`, false],
])('a named context from %s is immutable: %s', async (source, isFixed) => {
  const workspace = temporaryFolder();
  const config = `images: { web: { contexts: { src: "${source}" } } }\n`;
  writeFiles(workspace, { 'towpath.yaml': config, Dockerfile: 'FROM scratch\n' });
  const printBake = () => Promise.reject(new Error('there is no bake file'));
  const { images } = await loadConfig({ workspace, defaultName: 'web', printBake });
  const [image] = images;
  if (image === undefined) throw new Error('there is one image');
  expect((await readContexts(image, workspace)).get('src')).toMatchObject({ isFixed });
});
