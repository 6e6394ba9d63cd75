import { describe, expect, jest, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// Each test starts Node.js, which takes seconds on a busy machine.
jest.setTimeout(60_000);

import { exec, fixture, problemsOf, resultOf, runStep } from './harness/step.ts';

/** Runs the fixture with only the given variables. */
function runNode(
  variables: Readonly<Record<string, string>>,
): SpawnSyncReturns<string> & { readonly folder: string; readonly outputFile: string } {
  const folder = temporaryFolder();
  writeFiles(folder, { output: '' });
  const env = { ...variables, GITHUB_OUTPUT: join(folder, 'output') };
  const result = spawnSync(process.execPath, [join(fixture, 'main.ts')], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { ...result, folder, outputFile: readFileSync(join(folder, 'output'), 'utf8') };
}

describe('the data from the runner', () => {
  test('includes the inputs by their names in the workflow', async () => {
    const { outputs } = await runStep({ inputs: { scene: 'tell', 'dry-run': 'false', text: ' \n' } });
    expect(JSON.parse(outputs.given ?? '')).toEqual({
      scene: 'tell',
      'dry-run': 'false',
      text: ' \n',
      arguments: '',
    });
  });

  test('includes the folders, the environment and the time', async () => {
    const temp = temporaryFolder();
    const { outputs } = await runStep({ inputs: { scene: 'tell' }, temp, env: { HOME: '/github/home' } });
    expect(outputs).toMatchObject({ temp, home: '/github/home' });
    expect(existsSync(outputs.workspace ?? '')).toBe(true);
    expect(Math.abs(Date.parse(outputs.now ?? '') - Date.now())).toBeLessThan(60_000);
  });

  test('defaults to the working folder and the system’s temporary folder without a runner', () => {
    const { folder, outputFile } = runNode({ INPUT_SCENE: 'tell', TMPDIR: '/var/tmp' });
    expect(outputFile).toMatch(new RegExp(`^workspace<<(.*)\n${folder}\n\\1$`, 'm'));
    expect(outputFile).toMatch(/^temp<<(.*)\n\/var\/tmp\n\1$/m);
  });

  test('ends the step with only a message if an input is invalid', async () => {
    const { exitCode, annotations, log } = await runStep({ inputs: { scene: 'tell', 'dry-run': 'ture' } });
    expect(exitCode).toBe(1);
    expect(annotations.map(({ message }) => message)).toEqual([
      'Input dry-run is "ture": it must be true or false. [input-invalid]',
    ]);
    expect(log).not.toMatch(/^ +at /m);
  });
});

describe('the commands to the runner', () => {
  test('set a multi-line output', async () => {
    const { exitCode, outputs, summary } = await runStep({
      inputs: { scene: 'say', text: 'a\nb=c<<d\n%0A' },
    });
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({ said: 'a\nb=c<<d\n%0A', 'failure-reason': '', problems: '[]' });
    expect(summary).toBe('a b=c&#60;&#60;d %0A\n');
  });

  test('create annotations with a level, a title and a position', async () => {
    const { annotations } = await runStep({ inputs: { scene: 'say', text: '50%: a,b' } });
    const at = { message: '50%: a,b', title: '50%: a,b', file: 'a,b:c.yaml', line: '3', col: '7' };
    expect(annotations).toEqual([
      { level: 'notice', ...at },
      { level: 'warning', ...at },
      { level: 'error', ...at },
    ]);
  });

  test('text from outside never becomes a workflow command', async () => {
    const text = 'x\n::error::evil\n ::add-mask::evil\r##[error]evil';
    const { log, masks, annotations } = await runStep({ inputs: { scene: 'say', text } });
    expect(masks.size).toBe(0);
    expect(annotations).toHaveLength(3);
    expect(log).not.toContain('##[');
    expect(log).toContain('\u200b::error::evil');
  });

  test.each<{ name: string; env: Readonly<Record<string, string>>; colours: boolean }>([
    { name: 'in colours, although the log is no terminal', env: {}, colours: true },
    { name: 'without colours if NO_COLOR is set', env: { NO_COLOR: '1' }, colours: false },
  ])('print a diff $name', async ({ env, colours }) => {
    const text = '+ \u001b[31mx\n::error::evil';
    const { log, annotations } = await runStep({ inputs: { scene: 'diff', text }, env });
    const paint = (code: number, line: string) => (colours ? `\u001b[${code}m${line}\u001b[39m` : line);
    for (const line of [
      paint(33, '~ web'),
      paint(32, '  + added'),
      paint(31, '  - removed'),
      paint(33, '! blocked'),
      '= same',
      paint(32, '+ x'),
      '\u200b::error::evil',
    ])
      expect(log.split('\n')).toContain(line);
    expect(annotations).toEqual([]);
  });

  test('mask a secret from then on, and ignore an empty one', async () => {
    const { log, masks } = await runStep({ inputs: { scene: 'mask', text: 's3cret' } });
    expect([...masks]).toEqual(['s3cret']);
    expect(log).toContain('***');
  });

  test('print a stack as a debug command, in one line', () => {
    const { stdout } = runNode({ INPUT_SCENE: 'refuse' });
    expect(stdout).toMatch(/^::debug::CodedError: The file is wrong\.%0A {4}at /m);
    expect(stdout).not.toMatch(/^ +at /m);
  });
});

describe('a step at the limits of GitHub', () => {
  test('shows ten annotations of each level, and prints the others to the log', async () => {
    const { annotations, log } = await runStep({ inputs: { scene: 'flood' } });
    for (const level of ['notice', 'warning', 'error']) {
      const shown = annotations.filter((annotation) => annotation.level === level);
      expect(shown.map(({ message }) => message)).toEqual(
        Array.from({ length: 10 }, (_, index) => `number ${index + 1}`),
      );
      expect(log).toContain(`\n${level}: number 11`);
    }
  });

  test('shows 4096 characters of an annotation, and prints a longer one in full to the log', async () => {
    const { annotations, log } = await runStep({ inputs: { scene: 'exaggerate', text: 'é' } });
    expect(annotations.map(({ message }) => message)).toEqual(['é'.repeat(4096), `${'é'.repeat(4095)}…`]);
    expect(log).toContain(`\nnotice: ${'é'.repeat(4097)}`);
    expect(log).not.toContain(`\nnotice: ${'é'.repeat(4096)}\n`);
  });

  test('shows 1 MiB of a summary without cutting a character, and prints the rest to the log', async () => {
    const { exitCode, summary, log } = await runStep({ inputs: { scene: 'summarise', text: 'é€' } });
    expect(exitCode).toBe(0);
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1024 * 1024);
    expect(summary).not.toContain('\ufffd');
    expect(summary).toMatch(/^((é€)?\n)+\n\n_The rest is in the log: [^\n]*\n$/);
    const lines = (text: string) => text.match(/é€/g)?.length ?? 0;
    expect(lines(summary) + lines(log)).toBe(600_000);
    expect(log).toContain('the end');
  });

  test('succeeds if the summary cannot be written, and says so in the log', () => {
    const { status, stdout } = runNode({
      INPUT_SCENE: 'say',
      GITHUB_STEP_SUMMARY: join(temporaryFolder(), 'no', 'summary'),
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^The summary cannot be written: Error: ENOENT/m);
  });

  test('writes no summary if the runner does not support summaries', () => {
    expect(runNode({ INPUT_SCENE: 'say' })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('a program', () => {
  test('runs without a shell, returns its output in full and by line, and may fail', async () => {
    const script = 'echo "$1"; echo "$GIVEN" >&2; printf "a\\r\\nb"; echo "${HOME-no home}" >&2; exit 3';
    const step = await exec(['sh', '-c', script, 'sh', '$(id) "*" ü'], {
      inputs: { text: 'é' },
      env: { HOME: '/root' },
    });
    expect(resultOf(step)).toEqual({
      exitCode: 3,
      stdout: '$(id) "*" ü\na\r\nb',
      stderr: 'é\nno home\n',
      lines: ['err no home', 'err é', 'out $(id) "*" ü', 'out a', 'out b'],
    });
  });

  test('prints nothing to the log by itself', async () => {
    const { log } = await exec(['echo', '::error::evil']);
    expect(log).not.toContain('evil');
  });

  test('can have spaces and quotes in its path', async () => {
    const folder = join(temporaryFolder(), `a "b' c`);
    writeFiles(folder, { tool: '#!/bin/sh\necho towed\n' });
    chmodSync(join(folder, 'tool'), 0o755);
    expect(resultOf(await exec([join(folder, 'tool')]))).toMatchObject({ exitCode: 0, stdout: 'towed\n' });
  });

  test('is ended when its result is no longer needed', async () => {
    const step = await exec(['sleep', '60'], { inputs: { scene: 'exec-briefly' } });
    expect([step.exitCode, step.outputs.result]).toEqual([0, 'TimeoutError']);
  });

  test('is ended even if its result is no longer needed before it starts', async () => {
    const step = await exec(['sleep', '60'], { inputs: { scene: 'exec-too-late' } });
    expect([step.exitCode, step.outputs.result]).toEqual([0, 'too late']);
    expect(step.milliseconds).toBeLessThan(30_000);
  });

  test('has the exit code 128 plus the signal if a signal ended it', async () => {
    expect(resultOf(await exec(['sh', '-c', 'kill -9 $$']))).toMatchObject({ exitCode: 137 });
  });

  test('can print more than fits into a pipe, with multi-byte characters intact', async () => {
    const script = 'process.stdout.write("€".repeat(200_000))';
    const inputs = { scene: 'exec-whole' };
    const { stdout } = resultOf(await exec([process.execPath, '-e', script], { inputs }));
    expect(stdout === '€'.repeat(200_000)).toBe(true);
  });

  test('can print 500 MB of lines, of which only the end is kept', async () => {
    const inputs = { scene: 'exec-by-lines' };
    const script = `yes ${'x'.repeat(4095)} | head -n 122070 >&2`;
    const step = await exec(['sh', '-c', script], { inputs });
    const { count, kept, megabytes } = JSON.parse(step.outputs.result ?? '') as Record<string, number>;
    expect([count, kept]).toEqual([122_070, 65_536]);
    expect(megabytes).toBeLessThan(300);
  });

  test('is ended if it prints more than 64 MiB that are not read by line', async () => {
    const inputs = { scene: 'exec-whole' };
    const step = await exec(['sh', '-c', 'yes | head -c 90000000'], { inputs });
    expect(problemsOf(step)).toMatchObject([
      { code: 'outside-failed', message: 'sh printed more than 64 MiB.' },
    ]);
  });

  describe('with a stream as input', () => {
    const withInput = (command: readonly string[], text: string) =>
      exec(command, { inputs: { scene: 'exec-with-input', text } });

    test('reads it to its end', async () => {
      const step = await withInput(['wc', '-c'], '12345678');
      expect(resultOf(step)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/^ *900000\n$/) as unknown,
      });
    });

    test('can end before the stream, and its exit code counts', async () => {
      const step = await withInput(['sh', '-c', 'read line; echo "$line"; exit 4'], '12345678');
      expect(resultOf(step)).toMatchObject({ exitCode: 4, stdout: '12345678\n' });
    });

    test('is ended with the reason if the stream fails', async () => {
      const step = await withInput(['sh', '-c', 'cat >/dev/null; exec sleep 60'], '');
      expect(problemsOf(step)).toMatchObject([
        { code: 'image-set-invalid', message: 'The lines break off.' },
      ]);
    });
  });

  test('causes an error that says so if it is missing', async () => {
    const result = await exec(['no-such-program']);
    expect(result.exitCode).toBe(1);
    expect(problemsOf(result)).toEqual([
      {
        code: 'program-missing',
        message: 'no-such-program cannot be started: it does not exist, or is not on PATH.',
        hint: 'Install it in a step before this one, or use a runner that has it.',
      },
    ]);
  });

  test('causes an error that says so if it is not executable', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { tool: '' });
    expect(problemsOf(await exec([join(folder, 'tool')]))).toMatchObject([
      {
        code: 'program-missing',
        message: `${join(folder, 'tool')} cannot be started: it is not executable.`,
      },
    ]);
  });

  test('causes an error that says so if its working folder is missing', async () => {
    const temp = temporaryFolder();
    expect(problemsOf(await runStep({ inputs: { scene: 'exec-elsewhere' }, temp }))).toMatchObject([
      { message: `true cannot be started: its working folder ${join(temp, 'nowhere')} does not exist.` },
    ]);
  });
});

test('a program does not inherit the credentials of the job', async () => {
  const credentials = {
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'hush',
    ACTIONS_RUNTIME_TOKEN: 'hush',
    AWS_SECRET_ACCESS_KEY: 'hush',
    GITHUB_TOKEN: 'hush',
    TOWPATH_CREDENTIAL_x: 'hush',
  };
  const shown = { TAG: '1.2', GITHUB_SHA: 'abc', AWS_REGION: 'us-east-1', NPM_TOKEN: 'own' };
  const { stdout } = resultOf(await exec(['env'], { env: { ...credentials, ...shown } }));
  expect(stdout.split('\n')).toEqual(
    expect.arrayContaining(Object.entries(shown).map(([name, value]) => `${name}=${value}`)),
  );
  expect(stdout).not.toMatch(/hush|^INPUT_|^STATE_|^ACTIONS_|^GITHUB_(?:ENV|OUTPUT)/m);
});

describe('the end of the job', () => {
  const over = { 'STATE_towpath-step-is-over': 'true' };

  test('passes to the action what its step kept', () => {
    const { stdout, status } = runNode({ ...over, STATE_builders: 'a b', STATE_begun: '' });
    expect(stdout).toBe('kept {"builders":"a b","begun":""}\n');
    expect(status).toBe(0);
  });

  test('does not load the action if its step kept nothing', () => {
    const { stdout, status } = runNode({ ...over, STATE_begun: '' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
