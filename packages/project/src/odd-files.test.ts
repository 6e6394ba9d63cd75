import { expect, test } from '@jest/globals';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { linkToDevice, makeOdd, oddFiles } from '@towpath/testing/odd-files';
import { join } from 'node:path';
import { resolveVersion } from './version.ts';

const says = expect.stringMatching(/ is a |has \d+ bytes/) as unknown;

test.each([...oddFiles, linkToDevice])('rejects $kind in place of package.json', async (odd) => {
  const runtime = fakeRuntime();
  makeOdd(odd, join(runtime.workspace, 'package.json'));
  const version = resolveVersion('auto', { fromFork: false, facts: {} }, runtime);
  await expect(version).rejects.toMatchObject({ code: 'version-unknown', message: says });
});
