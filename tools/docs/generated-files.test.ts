import { expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Workflow {
  readonly jobs: Readonly<
    Record<string, { readonly steps?: readonly { readonly name?: string; readonly run?: string }[] }>
  >;
}

/** The script that adds the generated files, in every job that builds. */
const scripts = ['pipeline', 'pull-request', 'pull-request-with-role'].flatMap((name) => {
  const { jobs } = parse(readFileSync(`.github/workflows/${name}.yml`, 'utf8')) as Workflow;
  return Object.values(jobs).flatMap(({ steps = [] }) =>
    steps.flatMap(({ name: step, run = '' }) => (step === 'Add the generated files' ? [run] : [])),
  );
});

/** Runs the script with an artifact that has these files. */
function add(files: Readonly<Record<string, string>>): {
  readonly workspace: string;
  readonly status: number | null;
  readonly stdout: string;
} {
  const [temp, workspace] = [temporaryFolder(), temporaryFolder()];
  writeFiles(join(temp, 'towpath-generated'), files);
  writeFiles(workspace, { 'web/index.html': 'written', '.git/config': '[core]' });
  const env = { ...process.env, RUNNER_TEMP: temp, GITHUB_WORKSPACE: workspace };
  const { status, stdout } = spawnSync('bash', ['-e', '-c', scripts[0] ?? ''], { env, encoding: 'utf8' });
  return { workspace, status, stdout };
}

test('all jobs that build add generated files in the same way', () => {
  expect(scripts).toHaveLength(4);
  expect(new Set(scripts).size).toBe(1);
});

test('generated files are added to the checkout, and replace files of it', () => {
  const { workspace, status } = add({ 'web/index.html': 'generated', '.cache/a': 'hidden' });
  expect(status).toBe(0);
  expect(readFileSync(join(workspace, 'web/index.html'), 'utf8')).toBe('generated');
  expect(existsSync(join(workspace, '.cache/a'))).toBe(true);
});

test.each(['.git/config', 'vendor/.git', 'a/b/.GIT/hooks/post-checkout'])(
  'an artifact with %s is refused, and nothing of it is added',
  (path) => {
    const { workspace, status, stdout } = add({ [path]: 'evil', 'web/index.html': 'generated' });
    expect(status).toBe(1);
    expect(stdout).toContain('::error title=Generated files refused::');
    expect(readFileSync(join(workspace, 'web/index.html'), 'utf8')).toBe('written');
    expect(readFileSync(join(workspace, '.git/config'), 'utf8')).toBe('[core]');
  },
);
