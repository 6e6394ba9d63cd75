import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fakeRuntime } from './fake-runtime.ts';

test('creates a real workspace with the files of the test', () => {
  const { workspace, temp } = fakeRuntime({ files: { 'web/Dockerfile': 'FROM scratch\n' } });
  expect(readFileSync(join(workspace, 'web/Dockerfile'), 'utf8')).toBe('FROM scratch\n');
  expect(existsSync(temp)).toBe(true);
  expect(temp).not.toBe(workspace);
});

test('records the log as it is displayed, with secrets masked from the moment they are registered', () => {
  const runtime = fakeRuntime();
  runtime.log.info('token s3cret');
  runtime.log.mask('s3cret');
  runtime.log.info('token s3cret\nand more');
  runtime.log.group('a s3cret title', ['one', 'two s3cret']);
  runtime.log.debug('s3cret');
  runtime.log.annotate({ level: 'error', message: 's3cret' });
  expect(runtime.lines).toEqual([
    'token s3cret',
    'token ***',
    'and more',
    'a *** title',
    '  one',
    '  two ***',
  ]);
  expect(runtime.debugLines).toEqual(['***']);
  expect(runtime.annotations).toEqual([{ level: 'error', message: '***' }]);
  expect(runtime.masks).toEqual(['s3cret']);
});

test('records outputs and summaries', async () => {
  const runtime = fakeRuntime();
  runtime.setOutput('digest', 'sha256:1');
  runtime.setOutput('digest', 'sha256:2');
  await runtime.summarise('# one');
  await runtime.summarise('# two');
  expect(runtime.outputs).toEqual({ digest: 'sha256:2' });
  expect(runtime.summaries).toEqual(['# one', '# two']);
});

test('advances the clock instead of waiting when an action sleeps', async () => {
  const { clock } = fakeRuntime();
  const before = clock.now().getTime();
  await clock.sleep(3_600_000);
  expect(clock.now().getTime() - before).toBe(3_600_000);
});

test('rejects sleep when the run is cancelled', async () => {
  const reason = new Error('cancelled by the test');
  const { clock, signal } = fakeRuntime({ signal: AbortSignal.abort(reason) });
  await expect(clock.sleep(1)).rejects.toBe(reason);
  expect(signal.reason).toBe(reason);
});

test('rejects a program that the test does not expect and names it', async () => {
  await expect(fakeRuntime().exec('docker', ['version'])).rejects.toThrow('docker version');
});

test('runs programs with the function of the test', async () => {
  const { exec } = fakeRuntime({
    exec: (program, args) =>
      Promise.resolve({ exitCode: 3, stdout: `${program} ${args.join()}`, stderr: '' }),
  });
  await expect(exec('git', ['status'])).resolves.toEqual({ exitCode: 3, stdout: 'git status', stderr: '' });
});
