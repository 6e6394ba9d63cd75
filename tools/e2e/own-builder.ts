import { afterAll, beforeAll } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBuilder } from './builder.ts';

/** Makes all tests of a file use a BuildKit that only they use. */
export function useOwnBuilder(): void {
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bk-'));
    const builder = await startBuilder(folder, {});
    process.env.BUILDX_BUILDER = builder.name;
    stop = async () => {
      await builder[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    };
  });
  afterAll(() => stop?.());
}
