import { expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import type { Exec } from '@towpath/flow';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { writeFiles } from '@towpath/testing/folder';
import { join } from 'node:path';
import { openProject } from './project.ts';

/** A buildx that gives the build arg TIME another value each time. */
function clock(): Exec {
  let calls = 0;
  return (_, args) => {
    if (!args.includes('--print')) return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });
    calls += 1;
    const target = { web: { context: '.', dockerfile: 'Dockerfile', args: { TIME: String(calls) } } };
    const stdout = JSON.stringify({ group: { default: { targets: ['web'] } }, target });
    return Promise.resolve({ exitCode: 0, stdout, stderr: 'warning' });
  };
}

const files = { 'docker-bake.hcl': '', 'other-bake.hcl': '', 'towpath.yaml': 'images: { web: {} }\n' };

/** Opens a project, with what an earlier step kept of its evaluation. */
async function open(exec: Exec, config: string, kept?: string) {
  const runtime = fakeRuntime({ exec, files, env: { GITHUB_REPOSITORY: 'acme/payroll' } });
  if (kept !== undefined) writeFiles(runtime.temp, { 'kept.json': kept });
  const evaluatedConfig = kept === undefined ? undefined : join(runtime.temp, 'kept.json');
  return openProject(
    { config, only: [], region: undefined, dryRun: false, planOut: undefined, evaluatedConfig },
    runtime,
  );
}

test('a bake file is evaluated once, and other jobs get the same values', async () => {
  const exec = clock();
  const { evaluated, config } = await open(exec, 'docker-bake.hcl');
  expect(evaluated?.said).toBe('warning');
  expect(config.images[0]?.args.get('TIME')).toBe('1');
  const again = await open(exec, 'docker-bake.hcl', JSON.stringify(evaluated));
  expect(again.config.images[0]?.args.get('TIME')).toBe('1');
  expect((await open(exec, 'docker-bake.hcl')).config.images[0]?.args.get('TIME')).toBe('2');
});

test('a configuration without functions has nothing to pass on', async () => {
  expect((await open(clock(), 'towpath.yaml')).evaluated).toBeUndefined();
});

test.each([
  ['no JSON', '{'],
  ['something else', '[]'],
  ['null', 'null'],
  ['no evaluation', '{"call":{"folder":".","files":["docker-bake.hcl"]},"json":1,"said":""}'],
  [
    'the evaluation of another file',
    '{"call":{"folder":".","files":["other-bake.hcl"]},"json":"{}","said":""}',
  ],
])('a file with %s is refused', async (_, kept) => {
  const error: unknown = await open(clock(), 'docker-bake.hcl', kept).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CodedError);
  expect((error as CodedError).code).toBe('input-invalid');
  expect((error as CodedError).message).toContain('kept.json');
});
