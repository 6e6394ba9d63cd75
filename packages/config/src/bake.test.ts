import { expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { readBakeFile } from './bake.ts';

const call = { files: ['docker-bake.hcl'], folder: '.' };

/** Reads the output of another buildx version for the target web. */
function read(target: object) {
  const json = JSON.stringify({ group: { default: { targets: ['web'] } }, target: { web: target } });
  return readBakeFile('docker-bake.hcl', call, () => Promise.resolve({ json }));
}

async function messagesOf(reading: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await reading.catch((reason: unknown) => reason);
  if (!(error instanceof CodedError)) throw error;
  return error.problems.map(({ message }) => message);
}

test('reads secrets and SSH agents that buildx prints as texts', async () => {
  const { images } = await read({
    secret: ['id=npm,env=NPM_TOKEN', 'type=file,id=netrc,src=ci/netrc', 'id=PLAIN', 'type=env,id=x,src=Y'],
    ssh: ['default', 'deploy=keys/a,keys/b'],
  });
  expect(images).toMatchObject([
    {
      secrets: new Map<string, unknown>([
        ['npm', { env: 'NPM_TOKEN' }],
        ['netrc', { file: 'ci/netrc' }],
        ['PLAIN', { env: 'PLAIN' }],
        ['x', { env: 'Y' }],
      ]),
      ssh: [
        { id: 'default', keys: [] },
        { id: 'deploy', keys: ['keys/a', 'keys/b'] },
      ],
    },
  ]);
});

test('treats nulls as absent and ignores unknown keys', async () => {
  const nothing = ['context', 'dockerfile', 'contexts', 'args', 'labels', 'annotations', 'tags', 'target'];
  const more = ['secret', 'ssh', 'platforms', 'pull', 'no-cache', 'no-cache-filter', 'network', 'shm-size'];
  const nulls = Object.fromEntries([...nothing, ...more, 'ulimits', 'extra-hosts'].map((key) => [key, null]));
  const { images } = await read({ ...nulls, future: { a: [1] } });
  expect(images).toMatchObject([{ name: 'web', context: '.', dockerfile: 'Dockerfile', platforms: [] }]);
});

test.each([
  { target: { context: 3 }, message: 'target.web.context must be a text, not a number.' },
  { target: { tags: 'x' }, message: 'target.web.tags must be a list, not a text.' },
  { target: { platforms: [{}] }, message: 'target.web.platforms[0] must be a text, not a map.' },
  {
    target: { platforms: ['linux/amd46'] },
    message:
      'target.web.platforms[0] must be a platform such as linux/amd64, not "linux/amd46". Did you mean linux/amd64?',
  },
  { target: { args: ['A=1'] }, message: 'target.web.args must be a map, not a list.' },
  { target: { secret: [7] }, message: 'target.web.secret[0] must be a text or a map, not a number.' },
])('names the value that it cannot read: $message', async ({ target, message }) => {
  expect(await messagesOf(read(target))).toEqual([message]);
});

test('reports output that is not JSON', async () => {
  const print = () => Promise.resolve({ json: 'no' });
  expect(await messagesOf(readBakeFile('docker-bake.hcl', call, print))).toEqual([
    'buildx printed no JSON for docker-bake.hcl.',
  ]);
});
