import { expect, test } from '@jest/globals';
import { loadConfig } from '@towpath/config';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { lintDockerfiles } from './lint-dockerfiles.ts';

const text = 'FROM node\nENV DB_PASSWORD=hunter22\nCOPY . .\nUSER 1\n';

async function check(mode: 'warn' | 'fail' | 'off', dockerfile = text) {
  const workspace = temporaryFolder();
  writeFiles(workspace, { 'towpath.yaml': 'images: { web: {} }', Dockerfile: dockerfile, '.env': 'A=1' });
  const printBake = () => Promise.reject(new Error('there is no bake file'));
  const config = await loadConfig({ workspace, defaultName: 'web', printBake });
  const images = config.images.map((image) => ({ image, text: dockerfile, args: image.args, platforms: [] }));
  return lintDockerfiles(images, { config, mode, workspace, signal: new AbortController().signal });
}

test('warns of what BuildKit does not report itself, the worst first', async () => {
  const found = (await check('warn')).map(({ level, title, position }) => [level, title, position?.line]);
  expect(found).toEqual([
    ['warning', 'secret-file', 3],
    ['warning', 'base-tag', 1],
  ]);
});

test('fails for every error if the mode is fail, and only for errors', async () => {
  await expect(check('fail')).rejects.toMatchObject({
    code: 'lint-failed',
    problems: [{ position: { line: 2 } }, { position: { line: 3 } }],
  });
  expect(await check('fail', 'FROM node\nUSER 1\n')).toHaveLength(1);
});

test('checks nothing if the mode is off', async () => {
  expect(await check('off')).toEqual([]);
});
