import { expect, test } from '@jest/globals';
import { buildx } from '@towpath/stage';
import { contextEntries } from '@towpath/build-context';
import { CodedError } from '@towpath/errors';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import {} from './scene.ts';

const name = fc.constantFrom('a', 'b', 'ab', 'src', 'a.log', 'b.md', '.x', 'größe', 'a b', '1', '#a', '[a]');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const piece = fc.oneof(
  name,
  fc.constantFrom('*', '**', '?', '*.log', 'a*', '[ab]', '[^ab]', '[a-z]*', '**log', 'a**', '.', '..', ''),
  fc.constantFrom(
    '\\*',
    '\\a',
    '\\b',
    '\\d',
    '\\[a]',
    'a\\b',
    'a\\ b',
    '\\#a',
    '[\\d]',
    '[\\[]a]',
    '\\',
    '[z-a]',
    '^a',
  ),
);
const pattern = fc
  .tuple(
    fc.constantFrom('', '', '', '!', '!', '/', '!/', '! ', '#', ' ', '\t'),
    fc.array(piece, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '', '', '/', ' ', '\r', '\u00A0'),
  )
  .map(([mark, pieces, end]) => mark + pieces.join('/') + end);
const context = fc.record({
  paths: fc.uniqueArray(path, { minLength: 3, maxLength: 12 }),
  mark: fc.constantFrom('', '', '\uFEFF'),
  patterns: fc.array(pattern, { minLength: 1, maxLength: 5 }),
  /** The ignore file of the Dockerfile, which replaces the ignore file of the context. */
  own: fc.option(fc.array(pattern, { minLength: 1, maxLength: 2 }), { freq: 4 }),
});

/** Returns the paths that are not a parent folder of another path. */
function filesOf(paths: readonly string[]): readonly string[] {
  return paths.filter((one) => !paths.some((other) => other.startsWith(`${one}/`)));
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Returns the files that BuildKit receives, or undefined if it rejects a pattern. */
async function sentFiles(root: string, dockerfile: string, out: string): Promise<string[] | undefined> {
  try {
    await buildx('build', `--file=${dockerfile}`, `--output=type=local,dest=${out}`, root);
    return await filesBelow(out);
  } catch (error) {
    if (/syntax error in pattern|illegal exclusion pattern/.test(String(error))) return undefined;
    throw error;
  }
}

/** Returns the files that are part of the fingerprint, or undefined if a pattern is invalid. */
async function countedFiles(root: string, dockerfile: string): Promise<string[] | undefined> {
  try {
    const entries = await contextEntries(root, dockerfile);
    return entries.flatMap(({ kind, path: file }) => (kind === 'file' ? [file] : [])).sort();
  } catch (error) {
    if (error instanceof CodedError && error.code === 'config-invalid') return undefined;
    throw error;
  }
}

test('the fingerprint covers the files that BuildKit receives, for all ignore patterns', async () => {
  for (const { paths, mark, patterns, own } of fc.sample(context, { numRuns: 30, seed: 7 })) {
    const folder = await mkdtemp(join(tmpdir(), 'towpath-context-'));
    const [root, out] = [join(folder, 'context'), join(folder, 'out')];
    await mkdir(root);
    for (const file of filesOf(paths)) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), file);
    }
    const dockerfile = join(folder, 'Dockerfile');
    await writeFile(dockerfile, 'FROM scratch\nCOPY . /\n');
    await writeFile(join(root, '.dockerignore'), mark + patterns.join('\n'));
    if (own !== null) await writeFile(`${dockerfile}.dockerignore`, mark + own.join('\n'));
    const sent = await sentFiles(root, dockerfile, out);
    const counted = await countedFiles(root, dockerfile);
    expect({ patterns, own, files: counted }).toEqual({ patterns, own, files: sent });
    await rm(folder, { recursive: true });
  }
}, 90_000);

test('an ignore file that is a symbolic link is resolved inside the build context', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-context-'));
  const root = join(folder, 'context');
  await mkdir(join(root, 'inner'), { recursive: true });
  for (const file of ['context/inner/patterns', 'patterns'])
    await writeFile(join(folder, file), `a\n${file.startsWith('context') ? 'b' : 'c'}\n`);
  for (const file of ['a', 'b', 'c']) await writeFile(join(root, file), file);
  await symlink('inner', join(root, 'link'));
  const dockerfile = join(root, 'Dockerfile');
  await writeFile(dockerfile, 'FROM scratch\nCOPY a* b* c* /\n');
  const outside = join(folder, 'patterns');
  const inside = ['inner/patterns', '/inner/patterns', '../../inner/patterns', 'link/patterns'];
  const found: Record<string, readonly string[]> = {};
  for (const target of [...inside, '../patterns', outside, '.dockerignore']) {
    await symlink(target, join(root, '.dockerignore'));
    const counted = (await countedFiles(root, dockerfile))?.filter((file) => /^[abc]$/.test(file)) ?? [];
    expect(counted).toEqual(
      await sentFiles(root, dockerfile, join(folder, `out-${Object.keys(found).length}`)),
    );
    found[target] = counted;
    await rm(join(root, '.dockerignore'));
  }
  const all = ['a', 'b', 'c'];
  expect(found).toEqual({
    ...Object.fromEntries(inside.map((target) => [target, ['c']])),
    '../patterns': all,
    [outside]: all,
    '.dockerignore': all,
  });
  await rm(folder, { recursive: true });
}, 60_000);
