import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing';
import { chmodSync, mkdirSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint, type FingerprintInputs } from './fingerprint.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };

/** A clone of one repository, in a folder of its own. */
function clone(): FingerprintInputs & { readonly root: string } {
  const root = temporaryFolder();
  writeFiles(root, {
    'web/Dockerfile': 'FROM scratch\nCOPY . /\n',
    'web/.dockerignore': 'notes',
    'web/src/main.ts': 'main',
    'web/src/größe.ts': 'size',
    'web/notes/todo': 'nothing',
  });
  symlinkSync('src/main.ts', join(root, 'web/link'));
  return {
    root,
    context: join(root, 'web'),
    dockerfile: join(root, 'web/Dockerfile'),
    args: new Map([
      ['A', '1'],
      ['B', '2'],
    ]),
    platforms: [amd64, arm64],
  };
}

const original = await fingerprint(clone());

test('a fingerprint is 64 hex digits', () => {
  expect(original).toMatch(/^[0-9a-f]{64}$/);
});

describe('the same is', () => {
  test('another clone at another time', async () => {
    const other = clone();
    for (const file of ['Dockerfile', 'src/main.ts', 'src']) utimesSync(join(other.context, file), 1, 1);
    expect(await fingerprint(other)).toBe(original);
  });

  test.each<{ name: string; change: Partial<FingerprintInputs> }>([
    {
      name: 'another order of the build args',
      change: {
        args: new Map([
          ['B', '2'],
          ['A', '1'],
        ]),
      },
    },
    { name: 'another order of the platforms', change: { platforms: [arm64, amd64] } },
    { name: 'another word for a platform', change: { platforms: [amd64, { ...arm64, variant: 'v8' }] } },
  ])('$name', async ({ change }) => {
    expect(await fingerprint({ ...clone(), ...change })).toBe(original);
  });

  test('what changes outside of the context, or where it is ignored', async () => {
    const other = clone();
    writeFiles(other.root, { 'README.md': 'changed', 'web/notes/todo': 'changed' });
    expect(await fingerprint(other)).toBe(original);
  });
});

describe('another is', () => {
  test.each<{ name: string; change: Partial<FingerprintInputs> }>([
    { name: 'another build arg', change: { args: new Map([['A', '1']]) } },
    {
      name: 'another value of a build arg',
      change: {
        args: new Map([
          ['A', '1'],
          ['B', '3'],
        ]),
      },
    },
    { name: 'another platform', change: { platforms: [amd64] } },
    { name: 'a target', change: { target: 'runtime' } },
  ])('$name', async ({ change }) => {
    expect(await fingerprint({ ...clone(), ...change })).not.toBe(original);
  });

  test.each<{ name: string; change: (web: string) => void }>([
    {
      name: 'a byte of the Dockerfile',
      change: (web) => {
        writeFileSync(join(web, 'Dockerfile'), 'FROM scratch\nCOPY . /a\n');
      },
    },
    {
      name: 'a byte of a file',
      change: (web) => {
        writeFileSync(join(web, 'src/main.ts'), 'Main');
      },
    },
    {
      name: 'a new file',
      change: (web) => {
        writeFileSync(join(web, 'src/new'), '');
      },
    },
    {
      name: 'a file less',
      change: (web) => {
        unlinkSync(join(web, 'src/größe.ts'));
      },
    },
    {
      name: 'the mode of a file',
      change: (web) => {
        chmodSync(join(web, 'src/main.ts'), 0o755);
      },
    },
    {
      name: 'the mode of a folder',
      change: (web) => {
        chmodSync(join(web, 'src'), 0o700);
      },
    },
    {
      name: 'an empty folder',
      change: (web) => {
        mkdirSync(join(web, 'empty'));
      },
    },
    {
      name: 'where a link points',
      change: (web) => {
        unlinkSync(join(web, 'link'));
        symlinkSync('src', join(web, 'link'));
      },
    },
    {
      name: 'a file in the place of a link',
      change: (web) => {
        unlinkSync(join(web, 'link'));
        writeFileSync(join(web, 'link'), 'src/main.ts');
      },
    },
    {
      name: 'what the ignore file lets through',
      change: (web) => {
        rmSync(join(web, '.dockerignore'));
      },
    },
  ])('$name', async ({ change }) => {
    const other = clone();
    change(other.context);
    expect(await fingerprint(other)).not.toBe(original);
  });

  test('a file whose content reads like an entry', async () => {
    const [two, one] = [clone(), clone()];
    writeFiles(two.context, { 'src/a': '', 'src/b': 'z' });
    chmodSync(join(two.context, 'src/b'), 0o644);
    writeFiles(one.context, { 'src/a': '{"path":"src/b","kind":"file","mode":420}\nz' });
    expect(await fingerprint(one)).not.toBe(await fingerprint(two));
  });
});
