import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('cached', () => {
  let home = '';
  let cached: (name: string, make: (folder: string) => Promise<void>) => Promise<string>;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'cache-'));
    process.env.XDG_CACHE_HOME = home;
    ({ cached } = await import('./cache.js'));
  });
  afterAll(() => rm(home, { recursive: true }));

  test('creates a folder once, also for two concurrent calls', async () => {
    let times = 0;
    const make = async (folder: string) => {
      times += 1;
      await writeFile(join(folder, 'file'), 'content');
    };
    const folders = await Promise.all([cached('program-1', make), cached('program-1', make)]);
    expect(folders).toEqual([join(home, 'towpath', 'program-1'), join(home, 'towpath', 'program-1')]);
    expect(await readFile(join(folders[0], 'file'), 'utf8')).toBe('content');
    expect(times).toBe(1);
  });

  test('discards an interrupted creation and starts again', async () => {
    const torn = async (folder: string) => {
      await writeFile(join(folder, 'first half'), '');
      throw new Error('disk full');
    };
    await expect(cached('program-2', torn)).rejects.toThrow('disk full');
    expect(existsSync(join(home, 'towpath', 'program-2'))).toBe(false);
    const folder = await cached('program-2', (unfinished) => writeFile(join(unfinished, 'whole'), ''));
    expect(existsSync(join(folder, 'whole'))).toBe(true);
    expect(existsSync(join(folder, 'first half'))).toBe(false);
  });
});
