import { expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { join } from 'node:path';
import { contextFilter } from './context-filter.ts';

test('sends what the ignore file of the Dockerfile, or else of the context, does not exclude', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { '.dockerignore': 'docs\n!docs/api\n*.md\n', 'b.Dockerfile.dockerignore': 'src\n' });
  const paths = ['docs/a', 'docs/api/b/c', 'a.md', 'sub/a.md', 'src/a', 'gone/file'];
  const sent = async (dockerfile?: string) => {
    const filter = await contextFilter(folder, dockerfile);
    return paths.filter((path) => filter.sends(path));
  };
  const shared = ['docs/api/b/c', 'sub/a.md', 'src/a', 'gone/file'];
  expect(await sent()).toEqual(shared);
  expect(await sent(join(folder, 'Dockerfile'))).toEqual(shared);
  expect(await sent(join(folder, 'b.Dockerfile'))).toEqual(paths.filter((path) => path !== 'src/a'));
});
