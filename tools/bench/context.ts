import { FolderHashes } from '@towpath/build-context';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, measure, type Measure } from './measure.ts';

/** Reading a build context of 100,000 files for its fingerprint: who only reads them shows what the disk takes. */
export async function benchContext(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-bench-'));
  try {
    writeFiles(folder, 100_000, 1024);
    const shell = (script: string) => () => measure([{ program: 'sh', args: ['-c', script, 'sh', folder] }]);
    await compare(
      'Read a build context of 100,000 files',
      [
        { name: 'towpath', run: () => hash(folder) },
        { name: 'tar, to nowhere', run: shell('tar --create --file=- "$1" 2>&- | cat >/dev/null') },
        { name: 'sha256sum', run: shell('find "$1" -type f -print0 | xargs -0 sha256sum >/dev/null') },
      ],
      rounds,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A hundred to a folder. */
function writeFiles(folder: string, count: number, size: number): void {
  for (let index = 0; index < count; index += 1) {
    const below = join(folder, String(Math.floor(index / 10_000)), String(Math.floor(index / 100)));
    if (index % 100 === 0) mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `${index}.txt`), `${index}\n`.repeat(size).slice(0, size));
  }
}

async function hash(folder: string): Promise<Measure> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  await new FolderHashes().of(folder);
  const { user, system } = process.cpuUsage(before);
  const milliseconds = performance.now() - started;
  return { milliseconds, cpu: (user + system) / 1000, memory: process.memoryUsage.rss() / 2 ** 20 };
}
