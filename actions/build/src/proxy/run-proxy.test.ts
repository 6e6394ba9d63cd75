import { expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { inputs } from '../inputs.ts';
import { readRunProxy } from './run-proxy.ts';

const login = (password: string) => `http://tug:${password}@proxy.example`;

test('masks every proxy password from any source, even if another setting overrides it', () => {
  const given = {
    proxy: `HTTP_PROXY=${login('of-the-input')}`,
    'build-args': `https_proxy=${login('of-an-arg')}`,
    'driver-opts': `network=host\nenv.HTTPS_PROXY=${login('of-the-builder')}`,
  };
  const proxies = { default: { ftpProxy: login('of-docker') } };
  const docker = { folder: '/docker', entries: [], content: { proxies } };
  const runtime = fakeRuntime({ env: { ALL_PROXY: login('of-the-environment') } });
  const read = inputs.read(given);
  if ('problems' in read) throw CodedError.of(read.problems, () => '');
  readRunProxy(read.value, docker, runtime);
  const sources = ['the-input', 'an-arg', 'the-builder', 'docker', 'the-environment'];
  for (const source of sources) expect(runtime.masks).toContain(`of-${source}`);
});

test.each(['proxy', 'build-args', 'driver-opts'])(
  'does not show the value of an invalid input %s',
  (name) => {
    for (const text of [login('s3cret'), login('s3cret=')]) {
      const read = JSON.stringify(inputs.read({ [name]: text }));
      expect(read).toContain('one NAME=value a line');
      expect(read).not.toContain('s3cret');
    }
  },
);

test('rejects credentials of the job in the input build-args', () => {
  const read = JSON.stringify(inputs.read({ 'build-args': 'VERSION=1\nGITHUB_TOKEN=ghs_0123456789' }));
  expect(read).toContain('Input build-args has GITHUB_TOKEN: ');
  expect(read).not.toContain('ghs_');
});
