import { expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { bundleSize, bundleSizes } from './budgets.ts';

test('the size of a bundle is that of its first file and of the action', async () => {
  const root = temporaryFolder();
  const index =
    '__nccwpck_require__.e(/* import() */ 3).then(a);Promise.all(/* import() */ [__nccwpck_require__.e(12), __nccwpck_require__.e(7)]).then(b)';
  writeFiles(root, {
    'actions/publish/package.json': '{ "towpath": { "bundleBudget": 100 } }',
    'actions/publish/dist/index.js': index,
    'actions/publish/dist/12.index.js': 'x'.repeat(1000),
    'actions/publish/dist/7.index.js': 'x'.repeat(200),
    'actions/publish/dist/3.index.js': 'only some runs load this',
    'actions/publish/dist/5.index.js': 'the action may load this',
  });
  expect(await bundleSizes(root)).toEqual([{ action: 'publish', bytes: index.length + 1200, budget: 100 }]);
});

test('the size of one bundle does not depend on another that is being written', async () => {
  const root = temporaryFolder();
  writeFiles(root, {
    'actions/publish/package.json': '{ "towpath": { "bundleBudget": 100 } }',
    'actions/publish/dist/index.js': 'small',
    'actions/board/package.json': '{}',
    'actions/board/dist/index.js': '__nccwpck_require__.e(1)',
  });
  await expect(bundleSizes(root)).rejects.toThrow('1.index.js');
  expect(await bundleSize(`${root}/actions/publish`)).toEqual({ action: 'publish', bytes: 5, budget: 100 });
});
