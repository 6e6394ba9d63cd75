import { expect, test } from '@jest/globals';
import type { Exec } from '@towpath/flow';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { runHadolint } from './hadolint.ts';

test('hadolint is stopped if it hangs on a Dockerfile, and is not started for the others', async () => {
  let starts = 0;
  const exec: Exec = (_program, args, options) => {
    if (args.includes('--version')) return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });
    starts += 1;
    const { promise, reject } = Promise.withResolvers<never>();
    options?.signal?.addEventListener('abort', () => {
      reject(new Error('hadolint was stopped'));
    });
    return promise;
  };
  const files = ['a/Dockerfile', 'b/Dockerfile'];
  const checks = await runHadolint(files, { ...fakeRuntime(), exec }, 50);
  expect(checks).toEqual({
    findings: [],
    failures: files.map((file) => `${file}: not checked within 0.05 s`),
  });
  expect(starts).toBe(1);
});
