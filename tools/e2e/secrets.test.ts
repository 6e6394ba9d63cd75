import { expect, test } from '@jest/globals';
import { filesWith } from './files-with.ts';
import { begin, green } from './scene.ts';

test('build and publish write the login to no file and no log', async () => {
  const { step, temp, stage } = await begin();
  const results = [green(await step('build')), green(await step('publish', { version: '1.0.0' }))];
  const passwords = [...results.flatMap(({ masks }) => [...masks])];
  expect(passwords.length).toBeGreaterThan(0);
  expect(await filesWith(temp, passwords)).toEqual([]);
  for (const { log, summary } of results)
    for (const password of passwords) expect(log + summary).not.toContain(password);
  expect(await stage.shared.tags('payroll/web')).toEqual(['build-1.0.0']);
});
