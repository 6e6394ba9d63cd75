import { expect, test } from '@jest/globals';
import { loadConfig, type Config } from '@towpath/config';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { changedImages } from './changed-images.ts';

async function read(text: string): Promise<Config> {
  const workspace = temporaryFolder();
  writeFiles(workspace, { 'towpath.yaml': text });
  return loadConfig({
    workspace,
    defaultName: 'acme',
    printBake: () => Promise.reject(new Error('no bake file')),
  });
}

const before = 'images: { web: { args: { A: "1", B: "2" } }, job: { context: job } }\n';

test.each<[string, string, Readonly<Record<string, string>>]>([
  ['nothing', before, {}],
  ['the order of keys', 'images: { job: { context: job }, web: { args: { B: "2", A: "1" } } }\n', {}],
  [
    'an environment, a gate, tags and caches',
    `${before}environments: { dev: { from: build } }\ngate: { fail-on: high }\ntags: ["{version}"]\ncache: gha\nreuse: { max-age: 1d }\n`,
    {},
  ],
  ['one image', before.replace('"2"', '"3"'), { web: 'its configuration changed in towpath.yaml' }],
  [
    'the repository of an image',
    before.replace('context: job', 'context: job, repository: x/job'),
    { job: 'its configuration changed in towpath.yaml' },
  ],
  ['a new image', before.replace('{ web', '{ new: {}, web'), { new: 'it is new in towpath.yaml' }],
  ['a removed image', 'images: { job: { context: job } }\n', {}],
  [
    'a setting of all images',
    `${before}source-date-epoch: commit\n`,
    {
      web: 'a setting of all images changed in towpath.yaml',
      job: 'a setting of all images changed in towpath.yaml',
    },
  ],
  [
    'the registry',
    `${before}registry: ssm:/registry\n`,
    { web: 'registry changed in towpath.yaml', job: 'registry changed in towpath.yaml' },
  ],
])('a change of %s', async (_, after, expected) => {
  expect(Object.fromEntries(changedImages(await read(before), await read(after)))).toEqual(expected);
});
