import { expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { makeOdd, oddFiles } from '@towpath/testing/odd-files';
import { join } from 'node:path';
import { loadConfig } from './load-config.ts';

const files = [
  { file: 'towpath.yaml' },
  { file: 'towpath.yml' },
  { file: 'image-build-config.yaml' },
  { file: 'other.yaml', given: 'other.yaml' },
  { file: 'docker-bake.hcl', given: 'docker-bake.hcl' },
  { file: 'docker-bake.override.json', given: 'docker-bake.override.json' },
  { file: 'deploy/compose.yaml', given: 'deploy/compose.yaml' },
];

test.each(files.flatMap((one) => oddFiles.map((odd) => ({ ...one, odd, kind: odd.kind }))))(
  'rejects $kind instead of $file',
  async ({ file, given, odd }) => {
    const workspace = temporaryFolder();
    makeOdd(odd, join(workspace, file));
    const options = {
      workspace,
      file: given,
      defaultName: 'web',
      printBake: () => Promise.reject(new Error()),
    };
    await expect(loadConfig(options)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/is a pipe|is a folder|has \d+ bytes/) as unknown,
    });
  },
);

test.each([
  { kind: 'a pipe', says: /is a pipe/ },
  { kind: 'a folder', says: /buildx was called/ },
  { kind: 'a file of 1 GiB', says: /has \d+ bytes/ },
])('handles $kind instead of the .env of a Compose file as buildx does', async ({ kind, says }) => {
  const workspace = temporaryFolder();
  writeFiles(workspace, { 'deploy/compose.yaml': 'services: {}\n' });
  for (const odd of oddFiles) if (odd.kind === kind) makeOdd(odd, join(workspace, 'deploy/.env'));
  const printBake = () => Promise.reject(new Error('buildx was called'));
  const options = { workspace, file: 'deploy/compose.yaml', defaultName: 'web', printBake };
  await expect(loadConfig(options)).rejects.toThrow(says);
});

test('rejects a pipe instead of template.yaml', async () => {
  const workspace = temporaryFolder();
  const [pipe] = oddFiles;
  if (pipe === undefined) throw new Error('there are odd files');
  makeOdd(pipe, join(workspace, 'template.yaml'));
  const printBake = () => Promise.reject(new Error());
  await expect(loadConfig({ workspace, defaultName: 'web', printBake })).rejects.toMatchObject({
    code: 'config-invalid',
    message: 'template.yaml is a pipe, not a file.',
  });
});
