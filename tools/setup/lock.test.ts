import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock, withLock } from './lock.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('tryLock', () => {
  test('gives a lock to one holder at a time', async () => {
    const file = join(folder, 'lock');
    const first = await tryLock(file);
    expect(await tryLock(file)).toBeUndefined();
    await first?.release();
    const second = await tryLock(file);
    expect(second).toBeDefined();
    await second?.release();
  });

  test('releases the lock if its holder is killed', async () => {
    const file = join(folder, 'lock');
    const script = `
      const { tryLock } = await import(${JSON.stringify(new URL('./lock.js', import.meta.url).href)});
      await tryLock(${JSON.stringify(file)});
      console.log('held');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    await once(holder.stdout, 'data');
    expect(await tryLock(file)).toBeUndefined();
    holder.kill('SIGKILL');
    await withLock(file, 'a test', () => Promise.resolve());
  });

  test('reports why a lock is impossible', async () => {
    await expect(tryLock(join(folder, 'absent', 'lock'))).rejects.toThrow(/could not lock .*No such file/);
  });
});

test('withLock runs two pieces of work one after another', async () => {
  const happened: string[] = [];
  const work = (name: string) => async () => {
    happened.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    happened.push(`${name} ends`);
  };
  const file = join(folder, 'new', 'lock');
  await Promise.all([withLock(file, 'a test', work('one')), withLock(file, 'a test', work('one'))]);
  expect(happened).toEqual(['one begins', 'one ends', 'one begins', 'one ends']);
});
