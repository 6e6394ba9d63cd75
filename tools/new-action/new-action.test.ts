import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const description = 'Lists the images of a repository.';
let root = '';

/** A workspace with the packages of this one, and one other action. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'towpath-new-action-'));
  for (const name of ['packages', 'node_modules', 'package.json', '.prettierrc.json'])
    await symlink(resolve(name), join(root, name));
  await mkdir(join(root, 'actions/other'), { recursive: true });
  await writeFile(join(root, 'actions/other/package.json'), '{ "towpath": { "order": 30 } }');
});

afterAll(() => rm(root, { recursive: true, force: true }));

const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, args, { cwd: root, env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });

const generate = (...args: readonly string[]) => start([resolve('tools/new-action/main.ts'), ...args]);

describe('npm run new-action', () => {
  test('writes an action that runs, is the last one of the pages, and has a passing format', async () => {
    expect(generate('list-images', description)).toMatchObject({ status: 0, stderr: '' });
    const manifest = await readFile(join(root, 'actions/list-images/package.json'), 'utf8');
    expect(JSON.parse(manifest)).toMatchObject({ towpath: { order: 31 } });

    const workspace = join(root, 'checkout');
    await mkdir(workspace);
    const config =
      'registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll\nimages: { web: {}, api: {} }\n';
    await writeFile(join(workspace, 'towpath.yaml'), config);
    const [output, summary] = [join(root, 'output'), join(root, 'summary')];
    for (const file of [output, summary]) await writeFile(file, '');
    const env = {
      GITHUB_WORKSPACE: workspace,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: root,
      AWS_REGION: 'us-east-1',
    };
    const { status, stdout } = start(['actions/list-images/src/main.ts'], env);
    expect([status, stdout]).toEqual([0, expect.not.stringContaining('::error')]);
    expect(await readFile(output, 'utf8')).toContain('\nweb,api\n');
    expect(await readFile(summary, 'utf8')).toContain('2 images');
  });

  test.each([
    [
      'a name that is not in kebab case',
      ['ListImages', description],
      'The name "ListImages" is not like scan-gate.',
    ],
    ['a name that leaves the folder', ['../x', description], 'The name "../x" is not like scan-gate.'],
    ['an action that exists', ['other', description], 'actions/other exists.'],
    ['no description', ['list-tags'], 'The description is not one sentence that ends with a period.'],
  ])('rejects %s and writes nothing', async (_, args, problem) => {
    const before = await readdir(join(root, 'actions'));
    const { status, stderr } = generate(...args);
    expect([status, stderr]).toEqual([1, expect.stringContaining(problem)]);
    expect(stderr).toContain('Usage: npm run new-action');
    expect(await readdir(join(root, 'actions'))).toEqual(before);
  });
});
