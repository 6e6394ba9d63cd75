import { readdir, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** Runs `body` and returns the command lines of all programs that ran on this machine at the same time. */
export function commandLinesDuring<T>(body: () => Promise<T>): Promise<[T, ReadonlySet<string>]> {
  return collectDuring(commandLines, body);
}

/** Calls `read` every 5 ms while `body` runs, and returns the results of both. */
export async function collectDuring<T>(
  read: () => Promise<readonly string[]>,
  body: () => Promise<T>,
): Promise<[T, ReadonlySet<string>]> {
  const collected = new Set<string>();
  const controller = new AbortController();
  const polling = (async () => {
    while (!controller.signal.aborted) {
      for (const text of await read()) collected.add(text);
      await setTimeout(5);
    }
  })();
  try {
    return [await body(), collected];
  } finally {
    controller.abort();
    await polling;
  }
}

async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(texts)).map((text) => text.replaceAll('\0', ' ').trim()).filter(Boolean);
}
