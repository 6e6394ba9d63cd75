import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { resultOf, towpath } from './harness/towpath.ts';

const registry = '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll';
const workflows = ['pull-request', 'main', 'promote'].map((name) => `.github/workflows/${name}.yml`);

/** Three Dockerfiles, two of which copy files by their path from the root. */
const repository = {
  'web/Dockerfile': 'FROM scratch\nCOPY index.html /\n',
  'web/index.html': 'web',
  'api/Dockerfile': 'FROM scratch\nCOPY --from=x /y /\nCOPY api/main.js ${FILES} /\n',
  'api/main.js': '1',
  'jobs/nightly.Dockerfile': 'FROM scratch\nCOPY --chmod=755 ["web/index.html", "/"]\n',
  // None of these is a Dockerfile of the repository.
  'node_modules/x/Dockerfile': 'FROM scratch\n',
  '.devcontainer/Dockerfile': 'FROM scratch\n',
  'web/Dockerfile.dockerignore': '*\n',
};

interface File {
  readonly path: string;
  readonly change: string;
}

/** Runs `init` with JSON output. */
async function init(cwd: string, ...args: readonly string[]) {
  const [exitCode, document] = resultOf(await towpath(['init', ...args, '--json'], { cwd }));
  const { outputs } = document as { outputs: { files: File[]; diff: string; written: string } };
  const changes = Object.fromEntries(outputs.files.map(({ path, change }) => [path, change]));
  return { exitCode, ...outputs, changes };
}

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return folder;
}

describe('init', () => {
  test('shows the new files as a patch, and writes nothing without --yes', async () => {
    const cwd = folderWith(repository);
    const shown = await towpath(['init', '--registry', registry], { cwd });
    expect(shown).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('error') as unknown });
    expect(shown.stdout).toContain('+registry: 111122223333');
    expect(shown.stdout).toContain('Nothing was written. To write the files, add --yes.');
    expect(existsSync(join(cwd, 'towpath.yaml'))).toBe(false);

    const { diff, written } = await init(cwd, '--registry', registry, '--yes');
    expect(written).toBe('true');
    const patched = temporaryFolder();
    execFileSync('git', ['apply', '-'], { cwd: patched, input: diff });
    for (const file of ['towpath.yaml', ...workflows])
      expect(readFileSync(join(patched, file), 'utf8')).toBe(readFileSync(join(cwd, file), 'utf8'));
  });

  test('finds each Dockerfile, and the context that has the files that it copies', async () => {
    const cwd = folderWith(repository);
    await init(cwd, '--yes');
    expect(readFileSync(join(cwd, 'towpath.yaml'), 'utf8')).toContain(`images:
  api:
    context: .
    dockerfile: api/Dockerfile
  jobs-nightly:
    context: .
    dockerfile: jobs/nightly.Dockerfile
  web:
    context: web
environments:
`);
    const planned = await towpath(['matrix', '--base', 'none', '--runners', 'default=x', '--json'], { cwd });
    expect(resultOf(planned)).toMatchObject([0, { outputs: { images: 'api,jobs-nightly,web' } }]);
  });

  test('finds Dockerfiles in every spelling that buildx and editors know', async () => {
    const cwd = folderWith({
      'a/dockerfile': 'FROM scratch\n',
      'b/prod.dockerfile': 'FROM scratch\n',
      'c/Dockerfile.prod': '\uFEFFFROM scratch\r\nCOPY x /\r\n',
      'c2/Containerfile': '',
      'e/Dockerfile/none': '',
      'd/Dockerfile': 'FROM scratch\n',
      'd/dockerfile': 'FROM scratch\n',
      'f/Dockerfile.md': '# No Dockerfile\n',
    });
    const { outputs } = resultOf(await towpath(['init', '--json'], { cwd }))[1] as {
      outputs: { images: readonly string[] };
    };
    expect(outputs.images).toEqual(['a', 'b-prod', 'c-prod', 'c2', 'd']);
  });

  test('shows only the lines of a file that change', async () => {
    const cwd = folderWith({ Dockerfile: 'FROM scratch\n', '.dockerignore': '.git\nbin\n' });
    const { diff } = await init(cwd);
    expect(diff).toContain(
      '--- a/.dockerignore\n+++ b/.dockerignore\n@@ -1,2 +1,3 @@\n .git\n bin\n+.towpath\n',
    );
    execFileSync('git', ['apply', '-'], { cwd, input: diff });
    expect(readFileSync(join(cwd, '.dockerignore'), 'utf8')).toBe('.git\nbin\n.towpath\n');
  });

  test('gives two folders of one name different image names', async () => {
    const cwd = folderWith({ 'a/web/Dockerfile': 'FROM scratch\n', 'b/web/Dockerfile': 'FROM scratch\n' });
    expect((await init(cwd)).diff).toContain('+  a-web:\n');
  });

  test('leaves generic folders out of names, and counts Dockerfiles that are too many to list', async () => {
    const files = ['cart/src/Dockerfile', 'docker/gateway.Dockerfile', 'src/Dockerfile', 'vote/Dockerfile'];
    const cwd = folderWith(Object.fromEntries(files.map((file) => [file, 'FROM scratch\n'])));
    const { outputs } = resultOf(await towpath(['init', '--json'], { cwd }))[1] as {
      outputs: { images: readonly string[]; source: string };
    };
    const root = basename(cwd).toLowerCase();
    expect(outputs).toMatchObject({ images: ['cart', 'gateway', root, 'vote'], source: '4 Dockerfiles' });
  });

  test('reads a template with ImageBuildConfiguration, and its registry', async () => {
    const cwd = folderWith({
      'template.yaml': `Parameters:
  RepositoryPrefix: { Type: "AWS::SSM::Parameter::Value<String>", Default: /account/ecr/main/registry }
Mappings:
  ImageBuildConfiguration:
    Web: { imageName: web, buildContext: web, platform: linux/arm64 }
`,
      'web/Dockerfile': 'FROM scratch\n',
    });
    const { diff } = await init(cwd);
    expect(diff).toContain('+registry: ssm:/account/ecr/main/registry\n');
    expect(diff).toContain('+    context: web\n+    platforms:\n+      - linux/arm64\n');
    expect(diff).toContain('+      emulate: arm64\n');
    // The account is unknown, so the roles come from variables.
    expect(diff).toContain('+      publish-role: ${{ vars.AWS_ROLE_PREFIX }}publish\n');
  });

  test('keeps files that exist, and says so, unless --overwrite is given', async () => {
    const cwd = folderWith({
      'towpath.yaml': `registry: ${registry}\nimages: { web: { context: . } }\nenvironments: { stage: { from: build }, live: { from: stage } }\n`,
      Dockerfile: 'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1\n',
      '.github/workflows/main.yml': 'name: mine\n',
    });
    const [pullRequest = '', main = '', promote = ''] = workflows;
    const first = await init(cwd, '--yes');
    expect(first.changes).toEqual({
      ...{ [pullRequest]: 'create', [main]: 'keep', [promote]: 'create' },
      '.dockerignore': 'create',
    });
    expect(readFileSync(join(cwd, main), 'utf8')).toBe('name: mine\n');
    expect(readFileSync(join(cwd, promote), 'utf8')).toMatch(/options:\n +- live\n/);
    expect(readFileSync(join(cwd, promote), 'utf8')).toContain('rollback: ${{ inputs.rollback }}');
    // Base images in ECR need a role.
    expect(readFileSync(join(cwd, pullRequest), 'utf8')).toContain(
      'read-role: arn:aws:iam::111122223333:role/payroll-build',
    );

    const shown = await towpath(['init'], { cwd });
    expect(shown.stdout).toContain(`${main} exists and is kept. To replace it, add --overwrite.`);
    const second = await init(cwd, '--yes', '--overwrite');
    expect(second.changes).toEqual({ [pullRequest]: 'same', [main]: 'replace', [promote]: 'same' });
    expect(second.diff).toContain('-name: mine\n+name: main\n');
    expect(readFileSync(join(cwd, main), 'utf8')).toContain(
      'promote-role: arn:aws:iam::111122223333:role/payroll-promote-stage',
    );
  });

  test('adds the image set to the ignore file of a context in the root', async () => {
    const alone = folderWith({ Dockerfile: 'FROM scratch\n' });
    expect((await init(alone)).changes).toMatchObject({ '.dockerignore': 'create' });
    const cwd = folderWith({ Dockerfile: 'FROM scratch\n', '.dockerignore': 'node_modules' });
    const written = await init(cwd, '--yes');
    expect(written.changes).toMatchObject({ '.dockerignore': 'replace' });
    expect(written.diff).toContain('-node_modules\n\\ No newline at end of file\n+node_modules\n+.towpath\n');
    expect(readFileSync(join(cwd, '.dockerignore'), 'utf8')).toBe('node_modules\n.towpath\n');
    expect((await init(cwd)).changes).not.toHaveProperty(['.dockerignore']);
    const below = folderWith({ 'web/Dockerfile': 'FROM scratch\n' });
    expect((await init(below)).changes).not.toHaveProperty(['.dockerignore']);
  });

  test('ends with an error in a folder without images, and for a registry that is none', async () => {
    const empty = await towpath(['init', '--json'], {});
    expect(resultOf(empty)).toMatchObject([5, { reason: 'config-missing' }]);
    // Without buildx the reason is another one, but never that there is no Compose file.
    const unusable = { 'compose.yaml': 'services: { db: { image: postgres } }\n' };
    const { stdout } = await towpath(['init', '--json'], { files: unusable });
    expect(stdout).toMatch(/builds nothing|buildx is not installed/);
    const wrong = await towpath(['init', '--registry', 'ghcr.io/acme', '--json'], { files: repository });
    expect(resultOf(wrong)).toMatchObject([
      2,
      { problems: [{ message: expect.stringContaining('--registry') as unknown }] },
    ]);
  });
});
