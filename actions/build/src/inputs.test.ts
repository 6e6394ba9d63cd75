import { expect, test } from '@jest/globals';
import { inputs } from './inputs.ts';

/** Returns the messages of the input errors. */
function wrong(given: Readonly<Record<string, string>>): readonly string[] {
  const read = inputs.read(given);
  return 'problems' in read ? read.problems.map(({ message }) => message) : [];
}

test.each([
  'AWS_SECRET_ACCESS_KEY',
  'GITHUB_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'input_x',
  'AWS_REGION',
])('rejects the variable %s of the job in the input secrets', (name) => {
  expect(wrong({ secrets: `NPM_TOKEN=1\n${name}=2` })).toEqual([
    `Input secrets has ${name}: this variable belongs to the job, and every RUN step could send it away.`,
  ]);
});

test('rejects a credential of the job in the input build-args, and accepts its region', () => {
  expect(wrong({ 'build-args': 'AWS_REGION=us-east-1\nAWS_SESSION_TOKEN=1' })).toEqual([
    'Input build-args has AWS_SESSION_TOKEN: this is a credential of the job, and build args stay in the image’s history.',
  ]);
});

test('accepts a multi-line value in the input secrets', () => {
  const read = inputs.read({ secrets: 'KEY<<END\none\ntwo\nEND\n"RC=a\nb"' });
  expect('value' in read && [...read.value.secrets]).toEqual([
    ['KEY', 'one\ntwo'],
    ['RC', 'a\nb'],
  ]);
});

test('rejects an unknown platform in the input platforms, and suggests the nearest one', () => {
  expect(wrong({ platforms: 'linux/amd46, linux/arm64' })).toEqual([
    'Input platforms must be a platform such as linux/amd64, not "linux/amd46". Did you mean linux/amd64?',
  ]);
});
