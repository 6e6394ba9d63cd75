import { expect, test } from '@jest/globals';
import { contextEntries } from '@towpath/build-context';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import { buildx } from './scene.ts';

const name = fc.constantFrom('a', 'b', 'ab', 'src', 'a.log', 'b.md', '.x', 'größe');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const piece = fc.oneof(
  name,
  fc.constantFrom('*', '**', '?', '*.log', 'a*', '[ab]', '**log', '\\*', '.', '..'),
);
const pattern = fc
  .tuple(fc.constantFrom('', '', '!', '/', '# '), fc.array(piece, { minLength: 1, maxLength: 3 }))
  .map(([mark, pieces]) => mark + pieces.join('/'));
const context = fc.record({
  paths: fc.uniqueArray(path, { minLength: 3, maxLength: 12 }),
  patterns: fc.array(pattern, { minLength: 1, maxLength: 5 }),
});

/** A path that is a folder above another one is none of a file. */
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

test('the files of a fingerprint are those that BuildKit is sent, whatever is ignored', async () => {
  for (const { paths, patterns } of fc.sample(context, { numRuns: 20, seed: 7 })) {
    const folder = await mkdtemp(join(tmpdir(), 'towpath-context-'));
    const [root, out] = [join(folder, 'context'), join(folder, 'out')];
    await mkdir(root);
    for (const file of filesOf(paths)) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), file);
    }
    const dockerfile = join(folder, 'Dockerfile');
    await writeFile(dockerfile, 'FROM scratch\nCOPY . /\n');
    await writeFile(join(root, '.dockerignore'), patterns.join('\n'));
    await buildx('build', `--file=${dockerfile}`, `--output=type=local,dest=${out}`, root);
    const sent = await filesBelow(out);
    const entries = await contextEntries(root, dockerfile);
    const expected = entries.filter(({ kind }) => kind === 'file').map((entry) => entry.path);
    expect({ patterns, files: expected.sort() }).toEqual({ patterns, files: sent });
    await rm(folder, { recursive: true });
  }
}, 60_000);
