import { expect, test } from '@jest/globals';
import { runAction, type Exec } from '@towpath/flow';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { matrix } from './action.ts';

const people = ['AUTHOR', 'COMMITTER'].flatMap((who) => [
  [`GIT_${who}_NAME`, 'a'],
  [`GIT_${who}_EMAIL`, 'a@acme.test'],
]);
/** Isolates git from the configuration of the machine. */
const gitEnv = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  ...(Object.fromEntries(people) as Record<string, string>),
};

/** Runs a real program. */
const exec: Exec = (program, args, options) => {
  const env = { ...gitEnv, ...options?.env };
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8', cwd: options?.cwd });
  return Promise.resolve({ exitCode: status ?? 1, stdout, stderr });
};

type Files = Readonly<Record<string, string>>;

/** A repository to which files are committed. */
class Repository {
  readonly folder = temporaryFolder();

  constructor(files: Files) {
    this.git('init', '-q', '-b', 'main');
    this.commit(files);
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', args, { cwd: this.folder, env: gitEnv, encoding: 'utf8' }).trim();
  }

  commit(files: Files): string {
    writeFiles(this.folder, files);
    this.git('add', '-A');
    this.git('commit', '-q', '-m', 'change');
    return this.git('rev-parse', 'HEAD');
  }

  /** Runs the action for a push from a commit to the one that is checked out. */
  async push(before: string, given: Files = {}, workspace = this.folder) {
    const temp = temporaryFolder();
    writeFiles(temp, { 'event.json': JSON.stringify({ before, repository: { default_branch: 'main' } }) });
    const env = {
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REPOSITORY: 'acme/payroll',
      GITHUB_SHA: this.git('rev-parse', 'HEAD'),
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REF_NAME: 'main',
      GITHUB_REF_TYPE: 'branch',
      GITHUB_EVENT_PATH: join(temp, 'event.json'),
    };
    const runtime = { ...fakeRuntime({ given, env, exec }), workspace };
    const green = await runAction(matrix, runtime);
    const { matrix: jobs = '{"include":[]}', problems = '[]', ...outputs } = runtime.outputs;
    return {
      ...runtime,
      green,
      outputs,
      rows: (JSON.parse(jobs) as { include: readonly { id: string; images: string; runner: unknown }[] })
        .include,
      messages: (JSON.parse(problems) as { message: string }[]).map(({ message }) => message),
    };
  }
}

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const config = `registry: ${host}/payroll
images:
  web: { context: web, platforms: [linux/amd64, linux/arm64] }
  api: { context: api, contexts: { base: target:base }, platforms: [linux/amd64] }
  base: { context: base, platforms: [linux/amd64] }
`;
const files = {
  'towpath.yaml': config,
  'web/Dockerfile': 'FROM scratch\nCOPY . /\n',
  'web/.dockerignore': '*.md\n',
  'api/Dockerfile': 'FROM base\nCOPY . /\n',
  'base/Dockerfile': 'FROM scratch\nCOPY . /\n',
  'package-lock.json': '{}',
};

test('a change of one image is one job for each of its platforms, on the runner of the platform', async () => {
  const repository = new Repository(files);
  const before = repository.git('rev-parse', 'HEAD');
  repository.commit({ 'web/a.ts': '1', 'README.md': 'new' });
  const { rows, outputs, summaries } = await repository.push(before);
  expect(rows).toEqual([
    {
      index: 0,
      id: 'linux-amd64_web',
      name: 'web (linux/amd64)',
      images: 'web',
      platform: 'linux/amd64',
      runner: 'ubuntu-latest',
    },
    {
      index: 1,
      id: 'linux-arm64_web',
      name: 'web (linux/arm64)',
      images: 'web',
      platform: 'linux/arm64',
      runner: 'ubuntu-24.04-arm',
    },
  ]);
  expect(outputs).toMatchObject({
    any: 'true',
    images: 'web',
    expected: '{"web":["linux/amd64","linux/arm64"]}',
    unchanged: 'api,base',
    id: expect.stringMatching(/^[0-9a-f]{12}$/) as unknown,
  });
  expect(summaries.join()).toContain('web/a\\.ts changed');
});

test.each<[string, Files, readonly string[]]>([
  ['a file that the ignore file excludes', { 'web/a.md': '' }, []],
  ['an image that another is built on', { 'base/a': '' }, ['linux-amd64_api: api,base']],
  [
    'the configuration of one image',
    { 'towpath.yaml': config.replace('api, contexts', 'api, args: { A: "1" }, contexts') },
    ['linux-amd64_api: api'],
  ],
  ['nothing but an environment', { 'towpath.yaml': `${config}environments: { dev: { from: build } }\n` }, []],
  [
    'a shared lockfile',
    { 'package-lock.json': '{"a":1}' },
    ['linux-amd64_api: api', 'linux-amd64_web: web', 'linux-arm64_web: web'],
  ],
])('a change of %s', async (_, change, expected) => {
  const repository = new Repository(files);
  const before = repository.git('rev-parse', 'HEAD');
  repository.commit(change);
  const { rows, outputs } = await repository.push(before, { 'shared-paths': 'package-lock.json=web,api' });
  expect(rows.map(({ id, images }) => `${id}: ${images}`)).toEqual(expected);
  expect(outputs.any).toBe(String(expected.length > 0));
});

test('a merge commit is compared by its files, whatever the merged commits changed and took back', async () => {
  const repository = new Repository(files);
  repository.git('checkout', '-q', '-b', 'topic');
  repository.commit({ 'web/a.ts': '1', 'web/.dockerignore': '' });
  repository.git('rm', '-q', 'web/a.ts');
  repository.commit({ 'web/.dockerignore': '*.md\n', 'api/a.ts': '1' });
  repository.git('checkout', '-q', 'main');
  const before = repository.commit({ 'README.md': 'on main' });
  repository.git('merge', '-q', '--no-ff', '-m', 'merge', 'topic');
  const { rows, outputs } = await repository.push(before);
  expect(rows.map(({ id, images }) => `${id}: ${images}`)).toEqual(['linux-amd64_api: api']);
  expect(outputs.unchanged).toBe('web,base');
});

test('builds everything if the base is unknown, and says why and how to change that', async () => {
  const repository = new Repository(files);
  const before = repository.git('rev-parse', 'HEAD');
  repository.commit({ 'web/a.ts': '1' });
  const clone = join(temporaryFolder(), 'clone');
  repository.git('clone', '-q', '--depth=1', `file://${repository.folder}`, clone);
  const { rows, annotations } = await repository.push(before, {}, clone);
  expect(rows.map(({ images }) => images)).toEqual(['api,base', 'web', 'web']);
  expect(annotations).toEqual([
    {
      level: 'warning',
      message: `Every image is built: the clone is shallow and does not contain ${before} (the commit before the push). Set fetch-depth: 0 for actions/checkout, to build only what changed.`,
    },
  ]);
  expect((await repository.push('0'.repeat(40))).rows).toHaveLength(3);
  expect((await repository.push(before, { base: 'none' })).rows).toHaveLength(3);
  expect((await repository.push('0'.repeat(40), { base: before })).rows).toHaveLength(2);
});

test('no output contains a registry or an account, which GitHub could mask', async () => {
  const repository = new Repository(files);
  const { outputs, rows } = await repository.push('0'.repeat(40));
  expect(JSON.stringify([outputs, rows])).not.toMatch(/\d{12}\.|111122223333|amazonaws/);
});

test('reports every wrong input and every wrong file at once', async () => {
  const repository = new Repository({
    'towpath.yaml': config.replace('context: base', 'context: bass').replace('context: web', 'context: weg'),
    'api/Dockerfile': files['api/Dockerfile'],
  });
  const inputs = {
    runners: 'linux/amd46=tug',
    'max-jobs': '300',
    platforms: 'linux/amr64',
    'shared-paths': 'a',
  };
  expect((await repository.push('0'.repeat(40), inputs)).messages).toHaveLength(5);
  expect((await repository.push('0'.repeat(40))).messages).toEqual([
    'Image web builds with weg, which is not a folder.',
    'Image web has no Dockerfile: weg/Dockerfile cannot be read.',
    'Image base builds with bass, which is not a folder.',
    'Image base has no Dockerfile: bass/Dockerfile cannot be read.',
  ]);
});

test('an image that is built on another one without its platform is refused', async () => {
  const repository = new Repository({
    ...files,
    'towpath.yaml': config.replace(
      'target:base }, platforms: [linux/amd64]',
      'target:base }, platforms: [linux/arm64]',
    ),
  });
  expect((await repository.push('0'.repeat(40))).messages).toEqual([
    'Image api is built on target:base for linux/arm64, but base is built for linux/amd64 only.',
  ]);
});

test('shared paths name images of the configuration', async () => {
  const repository = new Repository(files);
  const { messages } = await repository.push('0'.repeat(40), { 'shared-paths': 'a=wob' });
  expect(messages).toEqual(['Input shared-paths names the image "wob", which towpath.yaml does not have.']);
});

test('20 images with one change are one job for one image', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `i${index}`);
  const repository = new Repository({
    'towpath.yaml': `images:\n${names.map((name) => `  ${name}: { context: ${name}, platforms: [linux/arm64] }\n`).join('')}`,
    ...Object.fromEntries(names.map((name) => [`${name}/Dockerfile`, 'FROM scratch\nCOPY . /\n'])),
  });
  const before = repository.git('rev-parse', 'HEAD');
  repository.commit({ 'i7/a': '' });
  const { rows } = await repository.push(before);
  expect(rows).toMatchObject([{ images: 'i7', runner: 'ubuntu-24.04-arm' }]);
});

test('a bake file is evaluated once, and the jobs get its values in a file and not in an output', async () => {
  const target = {
    web: {
      context: '.',
      dockerfile: 'Dockerfile',
      args: { TIME: '2026-11-29T21:00:00Z' },
      tags: [`${host}/payroll/web:1`],
    },
  };
  const stdout = JSON.stringify({ group: { default: { targets: ['web'] } }, target });
  const buildx: Exec = (_, args) =>
    Promise.resolve({ exitCode: args[0] === 'buildx' ? 0 : 1, stdout, stderr: '' });
  const runtime = fakeRuntime({
    given: { base: 'none', config: 'docker-bake.hcl' },
    files: { 'docker-bake.hcl': '', Dockerfile: 'FROM scratch\nCOPY . /\n' },
    exec: buildx,
  });
  expect(await runAction(matrix, runtime)).toBe(true);
  const { outputs } = runtime;
  const path = outputs['evaluated-config'] ?? '';
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ json: stdout });
  expect(dirname(path)).toBe(outputs.folder);
  expect(JSON.stringify(outputs)).not.toMatch(/111122223333|amazonaws|2026/);
});
