import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readRelease } from './released.ts';

jest.setTimeout(300_000);

const root = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
let tagged: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'towpath-lint-'));
  ({ tagged } = await readRelease());
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Returns the output of a linter for a repository; empty if it finds no problem. */
async function lint(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    await promisify(execFile)(program, args, { cwd });
    return '';
  } catch (error) {
    const { stdout = '', stderr = '', code } = error as { stdout?: string; stderr?: string; code?: unknown };
    return `${stdout}${stderr}` || `${program}: ${String(code)}`;
  }
}

const actionlint = (cwd: string) =>
  lint('actionlint', ['-no-color', '-oneline', ...globSync('.github/workflows/*.yml', { cwd })], cwd);
// Offline, zizmor cannot check whether a commit belongs to its repository. All checks that need no network are
// enabled.
const zizmor = (cwd: string) =>
  lint('zizmor', ['--offline', '--quiet', '--no-progress', '--persona=pedantic', '.'], cwd);

describe('our workflows', () => {
  test('pass actionlint and zizmor', async () => {
    expect(await actionlint(root)).toBe('');
    expect(await zizmor(join(root, '.github'))).toBe('');
  });

  test('still pass after they are released', async () => {
    expect(await actionlint(tagged)).toBe('');
    expect(await zizmor(join(tagged, '.github'))).toBe('');
  });
});

test('actionlint accepts the examples that users copy', async () => {
  expect(await actionlint(join(root, 'examples/exemplar'))).toBe('');
});

test('both linters report a broken workflow', async () => {
  const broken = join(folder, 'broken');
  await cp(join(tagged, '.github'), join(broken, '.github'), { recursive: true });
  const workflow = join(broken, '.github/workflows/promote.yml');
  const text = await readFile(workflow, 'utf8');
  await writeFile(
    workflow,
    text
      .replace('persist-credentials: false', 'fetch-depth: 1')
      .replace('inputs.allow-older', 'inputs.allow-odler'),
  );
  expect(await actionlint(broken)).toContain('"allow-odler" is not defined');
  expect(await zizmor(join(broken, '.github'))).toContain('artipacked');
});
