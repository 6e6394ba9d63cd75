import { describe, expect, test } from '@jest/globals';
import { runAction, type Exec } from '@towpath/flow';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lint } from './action.ts';

const config = 'images: { web: {} }\n';

/** Runs the action on the files of a repository. */
async function run(
  files: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>> = {},
  { exec, prepare }: { readonly exec?: Exec; readonly prepare?: (workspace: string) => void } = {},
) {
  const runtime = fakeRuntime({ files, given, ...(exec && { exec }) });
  prepare?.(runtime.workspace);
  const isGreen = await runAction(lint, runtime);
  const found = runtime.annotations.map(
    ({ level, title, position }) => `${level} ${title ?? ''} ${position?.file ?? ''}:${position?.line ?? ''}`,
  );
  const read = (path: string) => readFileSync(join(runtime.workspace, path), 'utf8');
  return { ...runtime, isGreen, found, read };
}

describe('the action', () => {
  test('fails for errors, and annotates the rest', async () => {
    const { isGreen, found, outputs, summaries } = await run({
      'towpath.yaml': config,
      Dockerfile: 'FROM node\nENV HTTP_PROXY=http://proxy.example\nUSER 1\n',
    });
    expect(isGreen).toBe(false);
    expect(found).toEqual([
      'warning base-tag Dockerfile:1',
      'notice base-docker-hub Dockerfile:1',
      'error lint-failed Dockerfile:2',
    ]);
    expect(outputs).toMatchObject({
      errors: '1',
      warnings: '1',
      infos: '1',
      'failure-reason': 'lint-failed',
    });
    expect(summaries.join('')).toContain('1 error, 1 warning');
  });

  test.each([
    ['never', 'FROM node\nCMD a\n', true],
    ['error', 'FROM node\nCMD a\n', true],
    ['warning', 'FROM node\nCMD a\n', false],
    ['info', 'FROM a/b:1\nUSER 1\n', false],
  ])('with fail-on: %s, %j passes: %s', async (failOn, text, expected) => {
    const { isGreen } = await run({ 'towpath.yaml': config, Dockerfile: text }, { 'fail-on': failOn });
    expect(isGreen).toBe(expected);
  });

  test('uses the build args, targets, contexts and settings of the configuration', async () => {
    const { found, isGreen } = await run({
      'towpath.yaml': `
images:
  base: { platforms: [linux/amd64] }
  dev: { target: dev, args: { BASE: "a/b:latest" } }
  web: { context: web, contexts: { base: target:base, tools: tools }, platforms: [linux/amd64, linux/arm64], lambda: true }
lint: { rules: { base-digest: { severity: off, reason: demo }, base-tag: error, user-missing: warning } }
`,
      Dockerfile: 'ARG BASE=a/b:1\nFROM $BASE AS dev\nUSER 1\nFROM a/b:1\nUSER 1\n',
      'tools/.env': 'A=1',
      'web/Dockerfile': 'FROM base\nUSER root\nCOPY --from=tools . /t\n',
    });
    expect(isGreen).toBe(false);
    expect(found).toEqual([
      'error lint-failed Dockerfile:2',
      'error lint-failed web/Dockerfile:1',
      // It is for AWS Lambda, and has two platforms.
      'error lint-failed web/Dockerfile:1',
      'error lint-failed web/Dockerfile:3',
    ]);
  });

  test('reports everything that AWS Lambda refuses of an image with lambda: true, which needs no USER', async () => {
    const { outputs, found } = await run({
      'towpath.yaml': `
registry: 111122223333.dkr.ecr-fips.us-west-2.amazonaws.com
attestations: index
images:
  api: { lambda: true, platforms: [linux/amd64, linux/arm64], compression: zstd }
  good: { dockerfile: good.Dockerfile, platforms: [linux/arm64] }
`,
      Dockerfile: 'FROM a/b:1 AS x\nFROM a/b:1\n',
      'good.Dockerfile': 'FROM a/b:1\n',
    });
    const problems = JSON.parse(outputs.problems ?? '[]') as { message: string }[];
    expect(problems).toMatchObject(
      [/2 platforms/, /attestations: index/, /compression: zstd/, /does not pull from .*fips/].map(
        (message) => ({ message: expect.stringMatching(message) }),
      ),
    );
    expect(found.filter((one) => one.startsWith('error'))).toEqual(
      Array.from({ length: 4 }, () => 'error lint-failed Dockerfile:2'),
    );
    expect(found.filter((one) => one.includes('user-missing'))).toEqual([
      'notice user-missing good.Dockerfile:1',
    ]);
  });

  test('reports the files with secrets that the builder gets, and not those that an ignore file excludes', async () => {
    const files = {
      'towpath.yaml': 'images: { web: {}, api: { dockerfile: api.Dockerfile } }\n',
      Dockerfile: 'FROM a/b:1\nUSER 1\nCOPY . .\n',
      'api.Dockerfile': 'FROM a/b:1\nUSER 1\nCOPY . .\n',
      '.dockerignore': '**/*.env\n!deploy/prod.env\n.npmrc\n',
      'api.Dockerfile.dockerignore': '*\n!src\n',
      '.npmrc': '//r.example/:_authToken=abcdef123456\n',
      'a.env': 'X=1',
      'deploy/prod.env': 'X=1',
      'src/.npmrc': 'registry=https://r.example\n',
      'src/ca.pem': '-----BEGIN CERTIFICATE-----\n',
      'src/tls.key': '-----BEGIN PRIVATE KEY-----\n',
    };
    const { outputs } = await run(files);
    const messages = (JSON.parse(outputs.problems ?? '[]') as { message: string }[]).map(
      ({ message }) => message,
    );
    expect(messages).toEqual([
      'secret-file: COPY copies deploy/prod.env (environment variables), src/tls.key (a private key).',
      'secret-file: COPY copies src/tls.key (a private key).',
    ]);
  });

  test('needs no configuration if files names Dockerfiles, and skips folders of this name', async () => {
    const { found } = await run(
      {
        'a/Dockerfile': 'FROM node\nUSER 1\n',
        'b/prod.Dockerfile': 'FROM node\nUSER 1\n',
        'b/prod.Dockerfile.dockerignore': '*.md\n',
        'node_modules/x/Dockerfile': 'FROM node\n',
      },
      { files: '**/Dockerfile, b/*.Dockerfile*' },
      { prepare: (workspace) => mkdirSync(join(workspace, 'c/Dockerfile'), { recursive: true }) },
    );
    expect(found.filter((one) => one.startsWith('warning'))).toEqual([
      'warning base-tag a/Dockerfile:1',
      'warning base-tag b/prod.Dockerfile:1',
    ]);
  });

  test('a pattern without a match fails, and so does a path out of the repository', async () => {
    expect((await run({}, { files: '**/Containerfile' })).outputs['failure-reason']).toBe('config-missing');
    expect((await run({}, { files: '../*/Dockerfile' })).outputs['failure-reason']).toBe('config-invalid');
    const braces = await run({ 'a/Dockerfile': '', 'b/Dockerfile': '' }, { files: '{a,b}/Dockerfile' });
    expect(braces.outputs.problems).toContain('A comma starts the next pattern');
  });

  test('a Dockerfile of a pattern that cannot be read is an error, and the others are checked', async () => {
    const { outputs, found } = await run(
      { 'a/Dockerfile': 'FROM a\nUSER 1\n', 'c/Dockerfile': `FROM a\nUSER 1${' '.repeat(2 ** 20)}` },
      { files: '*/Dockerfile' },
      {
        prepare: (workspace) => {
          mkdirSync(join(workspace, 'b'));
          symlinkSync('../a/Dockerfile', join(workspace, 'b/Dockerfile'));
        },
      },
    );
    expect(found).toContain('warning base-tag a/Dockerfile:1');
    const problems = JSON.parse(outputs.problems ?? '') as readonly { readonly message: string }[];
    expect(problems.map(({ message }) => message)).toEqual([
      'dockerfile: b/Dockerfile is a symbolic link to ../a/Dockerfile, which BuildKit cannot follow.',
      'dockerfile: c/Dockerfile has 1048589 bytes; the maximum is 1048576.',
    ]);
  });

  test('shows no secret in any output', async () => {
    const { isGreen, annotations, lines, summaries, outputs, read } = await run(
      {
        'towpath.yaml': config,
        Dockerfile:
          'FROM a/b:1\nENV DB_PASSWORD=hunter22\nRUN curl -u a:hunter22 x\nCMD x --token hunter22\n',
      },
      { 'json-out': 'a.json', 'sarif-out': 'a.sarif', 'text-out': 'a.txt', 'junit-out': 'a.xml' },
    );
    expect(isGreen).toBe(false);
    const all = ['a.json', 'a.sarif', 'a.txt', 'a.xml'].map(read);
    expect(JSON.stringify([annotations, lines, summaries, outputs, all])).not.toContain('hunter22');
  });
});

describe('fixes', () => {
  const files = {
    'towpath.yaml': config,
    Dockerfile: 'FROM a/b:1\r\nENV HTTPS_PROXY=http://p\r\nCMD a b\r\nUSER 1\r\n',
  };

  test('change the Dockerfile, and what is fixed does not fail', async () => {
    const { isGreen, read, outputs } = await run(files, { fix: 'true' });
    expect(read('Dockerfile')).toBe('FROM a/b:1\r\nCMD ["a", "b"]\r\nUSER 1\r\n');
    expect([isGreen, outputs.fixed, outputs.errors]).toEqual([true, '["Dockerfile"]', '0']);
  });

  test('change nothing in a dry run', async () => {
    const { read, lines } = await run(files, { fix: 'true', 'dry-run': 'true' });
    expect(read('Dockerfile')).toBe(files.Dockerfile);
    expect(lines.join('\n')).toContain('change Dockerfile');
  });

  test.each([
    {
      name: 'the file itself',
      prepare: (workspace: string) => {
        renameSync(join(workspace, 'Dockerfile'), join(workspace, 'real'));
        symlinkSync('real', join(workspace, 'Dockerfile'));
      },
      path: 'Dockerfile',
    },
    {
      name: 'a folder above it',
      prepare: (workspace: string) => {
        mkdirSync(join(workspace, 'real'));
        renameSync(join(workspace, 'Dockerfile'), join(workspace, 'real/Dockerfile'));
        symlinkSync('real', join(workspace, 'link'));
      },
      path: 'link/Dockerfile',
    },
  ])('never go through a symbolic link: $name', async ({ prepare, path }) => {
    const { read, annotations } = await run(files, { fix: 'true', files: path }, { prepare });
    expect(read(path)).toBe(files.Dockerfile);
    expect(annotations.map(({ message }) => message).join('\n')).toContain('behind a symbolic link');
  });

  test('never change a file with bytes that are not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('FROM a:1\nCMD a\nLABEL a="'),
      Buffer.from([0xe4]),
      Buffer.from('"\n'),
    ]);
    let path = '';
    const { annotations } = await run(
      files,
      { fix: 'true', files: 'Dockerfile' },
      {
        prepare: (workspace: string) => {
          path = join(workspace, 'Dockerfile');
          writeFileSync(path, bytes);
        },
      },
    );
    expect(readFileSync(path)).toEqual(bytes);
    expect(annotations.map(({ message }) => message)).toContain(
      'Dockerfile is not fixed, because it is not in UTF-8. Save it as UTF-8.',
    );
  });
});

/** Stand-ins of the programs: they print what the real ones print. */
const programs =
  (hadolint: object[] | undefined, checks?: object): Exec =>
  (program, args) => {
    const answer = (stdout: string, exitCode = 0) => Promise.resolve({ exitCode, stdout, stderr: '' });
    if (program === 'hadolint' && hadolint !== undefined)
      return answer(
        args.includes('--version') ? 'Haskell Dockerfile Linter 2.14.0' : JSON.stringify(hadolint),
      );
    // On a machine with the plugin, its own program runs.
    if (/(?:^|\/)docker(?:-buildx)?$/.test(program) && checks !== undefined)
      return answer(args.includes('version') ? 'github.com/docker/buildx v0.30.0' : JSON.stringify(checks));
    return Promise.reject(new Error(`${program} is not installed`));
  };

describe('other linters (stand-ins)', () => {
  const letters = ['a', 'b', 'c', 'd', 'e', 'f'];
  const files = { 'towpath.yaml': config, Dockerfile: 'FROM node\nUSER 1\nRUN cd /tmp\nCMD a\n' };
  const hadolint = [
    { line: 1, code: 'DL3006', message: 'Always tag', level: 'warning', file: 'Dockerfile', column: 1 },
    { line: 3, code: 'DL3003', message: 'Use WORKDIR', level: 'warning', file: 'Dockerfile', column: 1 },
    { line: 4, code: 'DL3025', message: 'Use JSON', level: 'warning', file: './Dockerfile', column: 1 },
  ];
  const checks = {
    warnings: [
      {
        ruleName: 'JSONArgsRecommended',
        description: 'JSON arguments recommended',
        url: 'https://docs.docker.com/go/dockerfile/rule/json-args-recommended/',
        detail: 'JSON arguments recommended for CMD',
        location: {
          sourceIndex: 0,
          ranges: [{ start: { line: 4, character: 0 }, end: { line: 4, character: 5 } }],
        },
      },
    ],
  };

  test('are merged, with one finding for each place', async () => {
    const { read } = await run(files, { 'json-out': 'a.json' }, { exec: programs(hadolint, checks) });
    const {
      files: [first],
    } = JSON.parse(read('a.json')) as {
      files: { findings: { rule: string; line: number; also: string[] }[] }[];
    };
    expect(
      first?.findings
        .filter(({ rule }) => !rule.startsWith('base-d'))
        .map(({ rule, line, also }) => [line, rule, also]),
    ).toEqual([
      [1, 'base-tag', ['hadolint/DL3006']],
      [3, 'hadolint/DL3003', []],
      [4, 'shell-form', ['buildkit/JSONArgsRecommended', 'hadolint/DL3025']],
    ]);
  });

  test('whose checks stop at an image that cannot be pulled keep their findings, and do not count as complete', async () => {
    const stopped = { ...checks, buildError: { message: 'failed to resolve source metadata for node' } };
    const exec = programs([], stopped);
    const { found, annotations } = await run(files, { 'fail-on': 'never', buildkit: 'auto' }, { exec });
    expect(found).toContain('warning shell-form Dockerfile:4');
    expect(annotations.map(({ message }) => message).join('\n')).toMatch(
      /could not check 1 of 1 Dockerfiles: Dockerfile: failed to resolve/,
    );
    const required = await run(files, { buildkit: 'on' }, { exec });
    expect(required.outputs['failure-reason']).toBe('outside-failed');
  });

  test('get the named contexts of the image', async () => {
    const given: (readonly string[])[] = [];
    const exec: Exec = async (program, args) => {
      given.push(args);
      return programs(undefined, { warnings: [{ ...checks.warnings[0], ruleName: 'UndefinedVar' }] })(
        program,
        args,
      );
    };
    const { workspace, found } = await run(
      {
        'towpath.yaml':
          'images: { base: {}, web: { dockerfile: web.Dockerfile, contexts: { base: "target:base", lib: ./lib, b: "docker-image://busybox:1" } } }\n',
        Dockerfile: 'FROM a/b:1\nUSER 1\n',
        'web.Dockerfile': 'FROM base\nUSER 1\n\n\n',
        'lib/a': '',
      },
      { 'fail-on': 'never', only: 'web' },
      { exec },
    );
    const build = given.find((args) => args.includes('--call=lint,format=json')) ?? [];
    expect(build.filter((_, index) => build[index - 1] === '--build-context')).toEqual([
      `base=${workspace}`,
      `lib=${join(workspace, 'lib')}`,
      'b=docker-image://busybox:1',
    ]);
    // The variables of the image below are not known.
    expect(found.join()).not.toContain('UndefinedVar');
  });

  test('are not needed, unless an input says so', async () => {
    expect((await run(files, { 'fail-on': 'never' })).isGreen).toBe(true);
    expect((await run(files, { hadolint: 'on' })).outputs['failure-reason']).toBe('program-missing');
    expect((await run(files, { buildkit: 'on' })).outputs['failure-reason']).toBe('builder-missing');
  });

  test('that cannot check a Dockerfile keep the findings of the others, and do not count as complete', async () => {
    const several = Object.fromEntries(
      letters.map((one) => [`${one}/Dockerfile`, 'FROM a/b:1\nUSER 1\nRUN cd x\n']),
    );
    const calls: string[][] = [];
    const exec: Exec = (program, args) => {
      const answer = (stdout: string, stderr = '') => Promise.resolve({ exitCode: 1, stdout, stderr });
      if (program !== 'hadolint') return Promise.reject(new Error('not installed'));
      if (args.includes('--version')) return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });
      const checked = args.slice(args.indexOf('--') + 1);
      calls.push(checked);
      if (checked.includes('c/Dockerfile')) return answer('', 'hadolint: Index too large\nCallStack');
      return answer(JSON.stringify(checked.map((file) => ({ ...hadolint[1], file }))));
    };
    const given = { files: '**/Dockerfile', 'fail-on': 'never' };
    const { isGreen, found, annotations } = await run(several, given, { exec });
    expect(isGreen).toBe(true);
    expect(found.filter((one) => one.includes('DL3003'))).toEqual(
      letters.filter((one) => one !== 'c').map((one) => `warning hadolint/DL3003 ${one}/Dockerfile:3`),
    );
    expect(annotations.map(({ message }) => message)).toContain(
      'hadolint could not check 1 of 6 Dockerfiles: c/Dockerfile: hadolint: Index too large',
    );
    expect(calls.length).toBeLessThan(letters.length + 1);
    const required = await run(several, { ...given, hadolint: 'on' }, { exec });
    expect(required.outputs['failure-reason']).toBe('outside-failed');
  });

  test('that fail for every Dockerfile are not started for each of them', async () => {
    let starts = 0;
    const exec: Exec = (program, args) => {
      if (program !== 'hadolint') return Promise.reject(new Error('not installed'));
      starts += 1;
      const exitCode = args.includes('--version') ? 0 : 1;
      return Promise.resolve({ exitCode, stdout: 'oops', stderr: '' });
    };
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`${index}/Dockerfile`, 'FROM a/b:1\nUSER 1\n']),
    );
    const { annotations } = await run(many, { files: '**/Dockerfile', 'fail-on': 'never' }, { exec });
    expect(annotations.map(({ message }) => message).join('\n')).toContain('could not check 300 of 300');
    expect(starts).toBeLessThan(60);
  });
});
