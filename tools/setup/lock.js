import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { say, SetupError } from './say.js';

/**
 * A file that the kernel locks as long as set-up lives. A child of flock(1) holds the lock and exits when its
 * stdin, a pipe from set-up, closes. So there are no stale locks, however set-up ends.
 *
 * @typedef {object} Lock
 * @property {() => Promise<void>} release
 */

/**
 * @param {string} file in a folder that exists
 * @returns {Promise<Lock | undefined>} undefined if another process holds it
 */
export function tryLock(file) {
  return take(file, platform() === 'darwin' ? ['lockf', '-k', '-s', '-t', '0'] : ['flock', '-n']);
}

/**
 * @template T
 * @param {string} file
 * @param {string} what the work of the other set-up, for the message
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, what, work) {
  await mkdir(dirname(file), { recursive: true });
  const lock = (await tryLock(file)) ?? (await waitForLock(file, what));
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/**
 * @param {string} file
 * @param {string} what
 */
async function waitForLock(file, what) {
  say(`waiting for another set-up: ${what}`);
  const lock = await take(file, platform() === 'darwin' ? ['lockf', '-k'] : ['flock']);
  if (!lock) throw new Error(`no lock on ${file} after waiting for it`);
  return lock;
}

/** The exit statuses of flock(1) and lockf(1) if another process holds the lock. */
const heldByAnother = [1, 75];

/**
 * @param {string} file in a folder that exists
 * @param {string[]} locker
 * @returns {Promise<Lock | undefined>}
 */
async function take(file, [program = '', ...flags]) {
  // Detached: Ctrl-C reaches the whole foreground group, and the lock must last until set-up has cleaned up.
  const child = spawn(program, [...flags, file, 'sh', '-c', 'echo; exec cat'], {
    stdio: 'pipe',
    detached: true,
    env: { PATH: process.env['PATH'] },
  });
  const complaint = text(child.stderr);
  const ended = once(child, 'close').catch((error) => {
    throw new SetupError(
      `${program} cannot be started: ${error.message}.`,
      'Install util-linux, which contains flock.',
    );
  });
  const held = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (held) return { release: () => (child.stdin.end(), ended.then(() => undefined)) };
  if (heldByAnother.includes(child.exitCode ?? 0)) return undefined;
  throw new SetupError(
    `${program} could not lock ${file}: ${(await complaint).trim()}`,
    'Check that the folder of the file is writable.',
  );
}
