import { readdir, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** The command lines of every program that runs on this machine meanwhile, as anyone on it can read them. */
export function commandLinesDuring<T>(body: () => Promise<T>): Promise<[T, ReadonlySet<string>]> {
  return seenDuring(commandLines, body);
}

/** All that can be seen at any time meanwhile. */
export async function seenDuring<T>(
  look: () => Promise<readonly string[]>,
  body: () => Promise<T>,
): Promise<[T, ReadonlySet<string>]> {
  const seen = new Set<string>();
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      for (const text of await look()) seen.add(text);
      await setTimeout(5);
    }
  })();
  try {
    return [await body(), seen];
  } finally {
    over.abort();
    await watching;
  }
}

async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(texts)).map((text) => text.replaceAll('\0', ' ').trim()).filter(Boolean);
}
