import { describe, expect, test } from '@jest/globals';
import { codes, endingOf, endings } from '@towpath/errors';
import type { GateReport } from '@towpath/gate';
import { scenario, temporaryFolder, writeFiles, type Scenario } from '@towpath/testing';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { actionCommands } from './action-commands.ts';
import { completionScript } from './completion.ts';
import { envOf, resultOf, towpath } from './harness/towpath.ts';
import { htmlReport } from './html-report.ts';

/** Publishes version 1.0.0 of the image web, with its scan done. */
async function published(): Promise<{
  readonly env: Record<string, string>;
  readonly emulator: Scenario['emulator'];
}> {
  const stage = await scenario();
  for (const name of ['team/web', 'team/towpath']) await stage.shared.createRepository(name);
  await stage.release('1.0.0', 'team/towpath', { 'team/web': { name: 'web' } });
  stage.emulator.advance(3_600_000);
  return { env: envOf(stage), emulator: stage.emulator };
}

const files = {
  'towpath.yaml':
    'registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/team\nimages: { web: { context: . } }\n',
};

describe('the command line', () => {
  test('prints its version and its commands', async () => {
    expect(await towpath(['--version'])).toEqual({ exitCode: 0, stdout: '1.2.3\n', stderr: '' });
    const { stdout } = await towpath(['--help']);
    for (const { name } of actionCommands) expect(stdout).toContain(`  ${name} `);
    expect(stdout).toMatch(/^ {2}release +Shows published versions\.$/m);
  });

  test('lists the inputs of an action as flags', async () => {
    const { stdout } = await towpath(['promote', '--help']);
    expect(stdout).toMatch(/--target-environment <text> .*\(required\)|--target-environment <text>/);
    expect(stdout).toContain('--rollback');
    expect(stdout).not.toContain('--token');
  });

  test.each([
    { name: 'an unknown flag', args: ['build', '--ony', 'web'], message: "unknown option '--ony'" },
    { name: 'an unknown command', args: ['biuld'], message: "unknown command 'biuld'" },
    { name: 'an invalid value', args: ['build', '--max-parallel', 'x'], message: '--max-parallel is "x"' },
    {
      name: 'a flag with a value that it does not take',
      args: ['build', '--load=maybe'],
      message: '--load takes no value. Write --load or --no-load.',
    },
    { name: 'an argument', args: ['promote', '1.4.0'], message: 'unexpected argument "1.4.0"' },
    {
      name: 'a folder that does not exist',
      args: ['build', '--directory', 'nowhere'],
      message: '--directory is "nowhere": there is no such folder.',
    },
    { name: 'a missing value', args: ['promote'], message: '--target-environment is required' },
  ])('ends with 2 for $name, also in JSON', async ({ args, message }) => {
    const plain = await towpath(args);
    expect(plain).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining(message) as unknown,
    });
    expect(await towpath([...args, '--no-json'], { env: { TOWPATH_JSON: 'true' } })).toEqual(plain);
    expect((await towpath(args, { env: { TOWPATH_JSON: 'true' } })).stdout).toMatch(/^\{/);
    const { exitCode, stdout } = await towpath([...args, '--json', '--quiet']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ ending: 'usage', exitCode: 2, reason: 'input-invalid' });
    expect(stdout).toContain(message.replaceAll('"', '\\"'));
  });

  test('takes a value from its variable unless the flag is given', async () => {
    const env = { TOWPATH_MAX_PARALLEL: 'from-variable' };
    expect((await towpath(['build'], { env })).stderr).toContain('--max-parallel is "from-variable"');
    expect((await towpath(['build', '--max-parallel', 'from-flag'], { env })).stderr).toContain(
      '"from-flag"',
    );
  });

  test('uses colours only in a terminal, and never with NO_COLOR', async () => {
    const failing = ['build', '--max-parallel', 'x'];
    const escape = '\u001b[31m';
    expect((await towpath(failing)).stderr).not.toContain('\u001b');
    expect((await towpath([...failing, '--no-progress'], { isTTY: true })).stderr).toContain(escape);
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }] as Record<string, string>[])
      expect((await towpath([...failing, '--no-progress'], { isTTY: true, env })).stderr).not.toContain(
        '\u001b',
      );
    expect(
      (await towpath([...failing, '--no-progress', '--no-color'], { isTTY: true })).stderr,
    ).not.toContain('\u001b');
    expect((await towpath([...failing, '--json'], { isTTY: true })).stderr).not.toContain('\u001b');
    expect((await towpath(failing, { env: { FORCE_COLOR: '1' } })).stderr).toContain(escape);
    const off = { isTTY: true, env: { FORCE_COLOR: '0' } };
    expect((await towpath([...failing, '--no-progress'], off)).stderr).not.toContain('\u001b');
  });

  test('shows a line with the progress only in a terminal of a person', async () => {
    const failing = ['build', '--max-parallel', 'x'];
    const line = '\r\u001b[2K';
    expect((await towpath(failing, { isTTY: true })).stderr).toContain(line);
    expect((await towpath([...failing, '--progress'])).stderr).toContain(line);
    expect((await towpath(failing)).stderr).not.toContain(line);
    for (const env of [{ CI: 'true' }, { TERM: 'dumb' }] as Record<string, string>[])
      expect((await towpath(failing, { isTTY: true, env })).stderr).not.toContain(line);
    for (const flag of ['--json', '--quiet', '--no-progress'])
      expect((await towpath([...failing, flag], { isTTY: true })).stderr).not.toContain(line);
  });

  test('a variable overrules what a terminal can do, and a flag overrules the variable', async () => {
    const failing = ['build', '--max-parallel', 'x'];
    const jenkins = { TOWPATH_PROGRESS: 'false', TOWPATH_COLOR: 'false' };
    expect((await towpath(failing, { isTTY: true, env: jenkins })).stderr).not.toContain('\u001b');
    expect((await towpath([...failing, '--color'], { isTTY: true, env: jenkins })).stderr).toContain(
      '\u001b[31m',
    );
    const typo = await towpath(failing, { env: { TOWPATH_QUIET: 'yes' } });
    expect(typo).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error: TOWPATH_QUIET is "yes": it must be true or false.\nTo list the flags, run towpath build --help.\n',
    });
  });

  test('every error code has an ending with an exit code of its own', () => {
    const exitCodes = Object.values(endings).map(({ exitCode }) => exitCode);
    expect(new Set(exitCodes).size).toBe(exitCodes.length);
    for (const code of Object.keys(codes) as (keyof typeof codes)[])
      expect(endings[endingOf(code)].exitCode).toBeGreaterThan(0);
  });
});

test('a check of repositories ends with 0 if nothing differs, with 3 if anything does, and with another code if it fails', async () => {
  const { env, emulator } = await published();
  const check = ['provision', '--mode', 'check', '--json'];
  const ended = async (settings: string) =>
    resultOf(await towpath(check, { env, files: { 'towpath.yaml': files['towpath.yaml'] + settings } }));
  expect(await ended('')).toMatchObject([0, { ending: 'ok' }]);
  expect(await ended('repositories: { tags: { team: a } }\n')).toMatchObject([
    3,
    { ending: 'refused', reason: 'repositories-differ' },
  ]);
  emulator.addFault({
    kind: 'exception',
    exception: 'AccessDeniedException',
    operation: 'ecr:DescribeRepositories',
    times: 0,
  });
  expect(await ended('')).toMatchObject([4, { ending: 'credentials' }]);
});

describe('a gate at the command line', () => {
  const judge = ['scan-gate', '--version', '1.0.0', '--timeout', '20s'];

  test('ends with 5 for an unknown version', async () => {
    const { env } = await published();
    const unknown = ['scan-gate', '--version', '2.0.0', '--json'];
    expect(resultOf(await towpath(unknown, { env, files }))).toMatchObject([5, { ending: 'not-found' }]);
  });

  test.each([
    {
      name: 'a missing permission',
      fault: { kind: 'exception', exception: 'AccessDeniedException' },
      exitCode: 4,
      ending: 'credentials',
    },
    { name: 'a failure of AWS', fault: { kind: 'status', status: 503 }, exitCode: 6, ending: 'retry' },
  ] as const)(
    'ends with $exitCode for $name',
    async ({ fault, exitCode, ending }) => {
      const { env, emulator } = await published();
      emulator.addFault({ ...fault, operation: 'ecr:GetAuthorizationToken', times: 0 });
      const ended = await towpath([...judge, '--json'], { env, files });
      expect(resultOf(ended)).toMatchObject([exitCode, { ending, exitCode }]);
    },
    60_000,
  );

  test('ends with 0 for a clean image and prints the report', async () => {
    const { env } = await published();
    const passed = await towpath(judge, { env, files });
    expect(passed.stderr).not.toContain('error:');
    expect(passed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('web') as unknown });
    expect(resultOf(await towpath([...judge, '--json'], { env, files }))).toMatchObject([
      0,
      { ending: 'ok', outputs: { verdict: 'pass' }, problems: [] },
    ]);
  });

  test('ends with 3 for findings, with the verdict and the problem', async () => {
    const { env, emulator } = await published();
    emulator.addFindings({
      'team/web:build-1.0.0': { findings: [{ name: 'CVE-2026-1', severity: 'CRITICAL' }] },
    });
    emulator.advance(3_600_000);
    const refused = await towpath(judge, { env, files });
    expect(refused).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('CVE-2026-1') as unknown,
    });
    expect(resultOf(await towpath([...judge, '--json'], { env, files }))).toMatchObject([
      3,
      { ending: 'refused', outputs: { verdict: 'fail' }, problems: [{ code: 'gate-failed' }] },
    ]);
  });
});

test.each([
  { by: 'SIGINT', exitCode: 130 },
  { by: 'SIGTERM', exitCode: 143 },
] as const)('$by cancels a command, which ends with $exitCode', async ({ by, exitCode }) => {
  const { env, emulator } = await published();
  emulator.addFault({ kind: 'status', status: 503, operation: 'ecr:GetAuthorizationToken', times: 0 });
  const running = towpath(['scan-gate', '--version', '1.0.0', '--json'], { env, files });
  while (process.listenerCount(by) === 0) await setTimeout(20);
  process.emit(by, by);
  expect(resultOf(await running)).toMatchObject([exitCode, { ending: 'cancelled', exitCode }]);
  expect(process.listenerCount(by)).toBe(0);
});

test('Ctrl+C ends the program with 130 and a JSON document, and leaves no files', async () => {
  const { env, emulator } = await published();
  emulator.addFault({ kind: 'status', status: 503, operation: 'ecr:GetAuthorizationToken', times: 0 });
  const [cwd, TMPDIR] = [temporaryFolder(), temporaryFolder()];
  writeFiles(cwd, files);
  const args = [join(import.meta.dirname, 'main.ts'), 'scan-gate', '--version', '1.0.0', '--json'];
  const child = spawn(process.execPath, args, { cwd, env: { ...env, PATH: process.env.PATH, TMPDIR } });
  const stdout = text(child.stdout);
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  expect(await once(child, 'close')).toEqual([130, null]);
  expect(JSON.parse(await stdout)).toMatchObject({ ending: 'cancelled', exitCode: 130 });
  expect(readdirSync(TMPDIR)).toEqual([]);
});

describe('expired credentials and throttling are never "not found"', () => {
  const promote = ['promote', '--version', '1.0.0', '--target-environment', 'dev'];
  const commands = [
    promote,
    ['scan-gate', '--version', '1.0.0'],
    ['release', 'show', '1.0.0'],
    ['diff', 'dev', 'test'],
    ['rollback', 'dev'],
    ['board'],
    ['provision'],
    ['scanreport', 'team/web:build-1.0.0'],
  ];
  const throttled = { kind: 'exception', exception: 'ThrottlingException', plane: 'api' } as const;
  const tooMany = { kind: 'status', status: 429, plane: 'registry' } as const;

  test.each([
    { name: 'expired credentials', exitCode: 4, faults: [{ kind: 'expired-token' }] },
    { name: 'throttled requests', exitCode: 6, faults: [throttled, tooMany] },
  ] as const)(
    '$name end every command with $exitCode',
    async ({ faults, exitCode }) => {
      const { env, emulator } = await published();
      for (const fault of faults) emulator.addFault({ ...fault, times: 0 });
      // Side by side, because each command tries again for several seconds.
      const running = commands.map((args) => towpath([...args, '--json'], { env, files: environments }));
      for (const [index, ended] of running.entries())
        expect([commands[index], resultOf(await ended)]).toMatchObject([
          commands[index],
          [exitCode, { exitCode }],
        ]);
    },
    120_000,
  );
});

test('scanreport judges images by tag and by digest without a configuration, and prints the report in its form', async () => {
  const stage = await scenario();
  await stage.shared.createRepository('team/web');
  await stage.publish('team/web', '1.0', { name: 'web' });
  stage.emulator.advance(3_600_000);
  const env = envOf(stage);
  const digest = (await stage.shared.digestOf('team/web', '1.0')) ?? '';
  const cwd = temporaryFolder();
  const images = ['team/web:1.0', `${stage.shared.host}/team/web@${digest}`];
  const { exitCode, stdout } = await towpath(['scanreport', ...images, '--format', 'json'], { env });
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([
    0,
    { verdict: 'pass', images: [{ digest }, { digest }] },
  ]);
  expect(await towpath(['scanreport', 'team/web:2.0'], { env })).toMatchObject({ exitCode: 5, stdout: '' });
  const report = async (...args: readonly string[]) =>
    towpath(['scanreport', 'team/web:1.0', ...args], { env, cwd });
  stage.emulator.addFindings({
    'team/web:1.0': { findings: [{ name: 'CVE-2026-1', severity: 'HIGH' }] },
  });
  stage.emulator.advance(3_600_000);
  const forms = {
    table: /^CVE-2026-1 /m,
    sarif: /"version": ?"2\.1\.0"[^]*CVE-2026-1/,
    html: /^<!doctype html>[^]*<td>CVE-2026-1<\/td>/i,
    junit: /^<\?xml [^]*<testsuite name="team\/web"/,
  };
  for (const [form, expected] of Object.entries(forms)) {
    const printed = await report('--format', form);
    expect(printed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(expected) as unknown });
    const written = await report('--format', form, '--output', `report.${form}`);
    expect([written.exitCode, readFileSync(join(cwd, `report.${form}`), 'utf8')]).toEqual([
      0,
      expect.stringMatching(expected),
    ]);
  }
  expect(await report('--fail-on', 'high')).toMatchObject({ exitCode: 3 });
  expect(await towpath(['scanreport', 'ghcr.io/team/web:2.0'], { env })).toMatchObject({ exitCode: 2 });
}, 60_000);

test('the HTML of a scan report escapes what a scanner wrote', () => {
  const finding = {
    ...{ id: '<script>\u001b[2J\u202e', aliases: [], severity: 'high', cvss: [], source: 'x' },
    fix: { state: 'fixed', versions: ['1.2'] },
  } as const;
  const empty = { accepted: [], deferred: [], known: [], allowed: [], notes: [] };
  const counts = { critical: 0, high: 1, medium: 0, low: 0, informational: 0, undefined: 0, unknown: 0 };
  const digest = `sha256:${'a'.repeat(64)}`;
  const html = htmlReport({
    ...{ schemaVersion: 1, verdict: 'fail', reportOnly: false, policy: {} },
    ...{ staleIgnores: [], problems: [], warnings: [] },
    images: [
      {
        ...{ name: 'web', digest, verdict: 'fail', skipped: [] },
        platforms: [
          {
            ...empty,
            digest,
            status: 'COMPLETE',
            verdict: 'fail',
            counts,
            violations: [{ finding, reasons: ['x'] }],
          },
        ],
      },
    ],
  } as unknown as GateReport);
  expect(html).toContain('<td>&#60;script&#62;\ufffd[2J\ufffd</td>');
  expect(html).not.toContain('<script>');
});

test('release show prints the images of a version', async () => {
  const stage = await scenario();
  for (const name of ['team/web', 'team/towpath']) await stage.shared.createRepository(name);
  await stage.release('1.0.0', 'team/towpath', { 'team/web': { name: 'web' } });
  const env = envOf(stage);
  const shown = await towpath(['release', 'show', '1.0.0'], { env, files });
  expect(shown).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/web +team\/web +sha256:/) as unknown,
  });
  expect(await towpath(['release', 'show', '2.0.0'], { env, files })).toMatchObject({ exitCode: 5 });
});

const environments = {
  'towpath.yaml': `registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/team
images: { web: { context: . } }
environments: { dev: { from: build }, test: { from: dev } }
`,
};

/** Promotes versions to dev, in this order, and returns the variables. */
async function promoted(stage: Scenario, ...versions: readonly string[]): Promise<Record<string, string>> {
  const env = envOf(stage);
  await stage.shared.createRepository('team/web', 'MUTABLE');
  await stage.shared.createRepository('team/towpath');
  for (const version of versions) {
    await stage.release(version, 'team/towpath', { 'team/web': { name: 'web', content: version } });
    stage.emulator.advance(3_600_000);
    await promote(env, 'dev', version);
  }
  return env;
}

async function promote(env: Record<string, string>, target: string, version: string): Promise<void> {
  const args = ['promote', '--version', version, '--target-environment', target, '--quiet'];
  const { exitCode, stderr } = await towpath(args, { env, files: environments });
  expect([exitCode, stderr]).toEqual([0, '']);
}

test('rollback returns an environment to its previous set, and ends with 1 if there is none', async () => {
  const stage = await scenario();
  const env = await promoted(stage, '1.0.0', '1.1.0');
  const args = ['rollback', 'dev', '--reason', 'slow', '--json'];
  const planned = await towpath([...args, '--dry-run'], { env, files: environments });
  expect(planned.exitCode).toBe(0);
  expect(await stage.shared.digestOf('team/web', 'dev-1.1.0')).toBeDefined();
  const done = await towpath(args, { env, files: environments });
  expect(resultOf(done)).toMatchObject([
    0,
    { command: 'rollback', ending: 'ok', outputs: { version: '1.0.0', entry: 'dev.3' } },
  ]);
  expect(resultOf(await towpath(args, { env, files: environments }))).toMatchObject([
    1,
    { ending: 'error', reason: 'rollback-impossible' },
  ]);
}, 120_000);

test('diff compares two environments by digest, and ends with 5 if one has no images', async () => {
  const stage = await scenario();
  const env = await promoted(stage, '1.0.0');
  const compare = async (...args: readonly string[]) =>
    towpath(['diff', 'dev', 'test', ...args], { env, files: environments });
  expect(resultOf(await compare('--json'))).toMatchObject([5, { reason: 'release-missing' }]);
  await promote(env, 'test', '1.0.0');
  expect(resultOf(await compare('--json'))).toMatchObject([
    0,
    { outputs: { different: '0', images: [{ name: 'web', state: 'same' }] } },
  ]);
  await stage.release('1.1.0', 'team/towpath', { 'team/web': { name: 'web', content: '1.1.0' } });
  stage.emulator.advance(3_600_000);
  await promote(env, 'dev', '1.1.0');
  const differing = {
    name: 'web',
    state: 'different',
    one: { version: '1.1.0', digest: await stage.shared.digestOf('team/web', 'build-1.1.0') },
    other: { version: '1.0.0', digest: await stage.shared.digestOf('team/web', 'build-1.0.0') },
  };
  expect(resultOf(await compare('--json'))).toMatchObject([
    0,
    { outputs: { different: '1', images: [differing] } },
  ]);
  expect((await compare()).stdout).toMatch(/web +1\.1\.0 \(\w{12}\) +1\.0\.0 \(\w{12}\) +different/);
  const unknown = await towpath(['diff', 'dev', 'tset', '--json'], { env, files: environments });
  expect(resultOf(unknown)).toMatchObject([2, { ending: 'usage' }]);
}, 120_000);

test('matrix plans the jobs of all images as JSON, without AWS', async () => {
  const { exitCode, stdout } = await towpath(
    ['matrix', '--base', 'none', '--platforms', 'linux/amd64', '--runners', 'default=small', '--json'],
    { files: { ...files, Dockerfile: 'FROM scratch\n' } },
  );
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([
    0,
    {
      ending: 'ok',
      outputs: {
        any: 'true',
        images: 'web',
        matrix: { include: [{ images: 'web', platform: 'linux/amd64', runner: 'small' }] },
      },
    },
  ]);
});

test.each(['bash', 'zsh', 'fish'])('prints the completion for %s', async (shell) => {
  const { stdout, exitCode } = await towpath(['completion', shell]);
  expect([exitCode, stdout]).toEqual([0, completionScript(shell as 'bash')]);
});

test('the first file runs on Node.js 12', async () => {
  const { transform } = await import('esbuild');
  const guard = readFileSync(join(import.meta.dirname, '../bin/towpath.cjs'), 'utf8');
  const old = await transform(guard, { target: 'node12.22' });
  expect(old.code).toBe((await transform(guard, { target: 'esnext' })).code);
  expect(existsSync(join(import.meta.dirname, 'main.ts'))).toBe(true);
});

test.each(['12.22.12', '20.19.0', '24.4.9'])('Node.js %s gets one line and the exit code 2', (version) => {
  const guard = join(import.meta.dirname, '../bin/towpath.cjs');
  const script = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require('${guard}')`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(
    new RegExp(`^towpath needs Node\\.js 24\\.5 or newer, and this is ${version}\\. .+\n$`),
  );
});
