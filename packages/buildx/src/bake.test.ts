import { expect, test } from '@jest/globals';
import type { BuildPort } from '@towpath/docker';
import { printBake } from './bake.ts';

/** A buildx that waits for a pipe. */
const exec: BuildPort['exec'] = (_, args, { signal } = {}) =>
  args.includes('version')
    ? Promise.resolve({ exitCode: 0, stdout: '', stderr: '' })
    : new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });

test('ends a buildx that does not come to an end', async () => {
  await expect(
    printBake({ exec }, ['compose.yaml'], '/', { limit: AbortSignal.timeout(20) }),
  ).rejects.toMatchObject({
    code: 'config-invalid',
    message: 'buildx did not read compose.yaml within 60 s.',
  });
});
