import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { chmodSync, mkdirSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint, fingerprintParts, type FingerprintInputs } from './fingerprint.ts';
import { FolderHashes } from './folder-hashes.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };

/** Creates the same repository in a new folder. */
function clone(): FingerprintInputs & { readonly root: string } {
  const root = temporaryFolder();
  writeFiles(root, {
    'web/Dockerfile': 'FROM scratch\nCOPY . /\n',
    'web/.dockerignore': 'notes',
    'web/src/main.ts': 'main',
    'web/src/größe.ts': 'size',
    'web/notes/todo': 'nothing',
    'shared/lib.ts': 'lib',
    'shared/.dockerignore': 'notes',
    'shared/notes': 'nothing',
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
    bases: new Map([['alpine', 'sha256:a']]),
    contexts: new Map([['shared', { folder: join(root, 'shared') }]]),
    options: { network: 'none' },
  };
}

const valueOf = async (inputs: FingerprintInputs) => (await fingerprint(inputs, new FolderHashes())).value;
const original = await valueOf(clone());

test('returns 64 hex digits', () => {
  expect(original).toMatch(/^[0-9a-f]{64}$/);
});

describe('fingerprint does not change with', () => {
  test('another clone and other file times', async () => {
    const other = clone();
    for (const file of ['Dockerfile', 'src/main.ts', 'src']) utimesSync(join(other.context, file), 1, 1);
    expect(await valueOf(other)).toBe(original);
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
    { name: 'another spelling of a platform', change: { platforms: [amd64, { ...arm64, variant: 'v8' }] } },
  ])('$name', async ({ change }) => {
    expect(await valueOf({ ...clone(), ...change })).toBe(original);
  });

  test('files outside of the context or ignored files', async () => {
    const other = clone();
    writeFiles(other.root, {
      'README.md': 'changed',
      'web/notes/todo': 'changed',
      'shared/notes': 'changed',
    });
    expect(await valueOf(other)).toBe(original);
  });
});

describe('fingerprint changes with', () => {
  test.each<{ name: string; change: Partial<FingerprintInputs> }>([
    { name: 'a missing build arg', change: { args: new Map([['A', '1']]) } },
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
    { name: 'another digest of a base image', change: { bases: new Map([['alpine', 'sha256:b']]) } },
    { name: 'another named context', change: { contexts: new Map([['shared', { text: 'image:x' }]]) } },
    { name: 'another option', change: { options: { network: 'host' } } },
  ])('$name', async ({ change }) => {
    expect(await valueOf({ ...clone(), ...change })).not.toBe(original);
  });

  test.each<{ name: string; change: (web: string) => void }>([
    {
      name: 'the content of the Dockerfile',
      change: (web) => {
        writeFileSync(join(web, 'Dockerfile'), 'FROM scratch\nCOPY . /a\n');
      },
    },
    {
      name: 'the content of a file',
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
      name: 'a removed file',
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
      name: 'the target of a link',
      change: (web) => {
        unlinkSync(join(web, 'link'));
        symlinkSync('src', join(web, 'link'));
      },
    },
    {
      name: 'a link replaced by a file',
      change: (web) => {
        unlinkSync(join(web, 'link'));
        writeFileSync(join(web, 'link'), 'src/main.ts');
      },
    },
    {
      name: 'a removed ignore file',
      change: (web) => {
        rmSync(join(web, '.dockerignore'));
      },
    },
  ])('$name', async ({ change }) => {
    const other = clone();
    change(other.context);
    expect(await valueOf(other)).not.toBe(original);
  });

  test('a file in a named context', async () => {
    const other = clone();
    writeFiles(other.root, { 'shared/lib.ts': 'changed' });
    expect(await valueOf(other)).not.toBe(original);
  });

  test('only the part of the changed input', async () => {
    const [one, other] = [clone(), clone()];
    writeFileSync(join(other.context, 'src/main.ts'), 'Main');
    const [before, after] = [
      await fingerprint(one, new FolderHashes()),
      await fingerprint(other, new FolderHashes()),
    ];
    expect(fingerprintParts.filter((part) => before.parts[part] !== after.parts[part])).toEqual(['context']);
  });

  test('an empty file and an entry written as the content of another file', async () => {
    const [two, one] = [clone(), clone()];
    writeFiles(two.context, { 'src/a': '', 'src/b': 'z' });
    chmodSync(join(two.context, 'src/b'), 0o644);
    writeFiles(one.context, { 'src/a': '{"path":"src/b","kind":"file","mode":420}\nz' });
    expect(await valueOf(one)).not.toBe(await valueOf(two));
  });
});
