import { existsSync, lstatSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { tryLock } from './lock.js';
import { unmountUnder } from './sandbox/mounts.js';
import { runVariable, stopProcesses } from './processes.js';
import { say, SetupError } from './say.js';

const prefix = 'towpath-run-';

/**
 * One set-up and the command that it prepares. The path of its folder is its ID. Its processes have the ID in
 * their environment, and its temporary files are in the folder. So the next run can clean up after a killed
 * one.
 *
 * @typedef {object} Run
 * @property {string} folder
 * @property {(cleanup: () => Promise<void>) => void} atEnd the last one is called first
 * @property {() => Promise<void>} end
 */

/** @returns {Promise<Run>} */
export async function startRun() {
  await endKilledRuns();
  // Use another name until it is locked; otherwise a set-up that starts now would treat it as left by a killed
  // run.
  const base = baseFolder();
  const unlocked = await mkdtemp(join(base, '.towpath-'));
  const folder = join(base, prefix + basename(unlocked).slice('.towpath-'.length));
  const lock = await tryLock(join(unlocked, 'lock'));
  await mkdir(join(unlocked, 'tmp'));
  await rename(unlocked, folder);
  // The command of a run may call set-up again. The outer run also owns what the inner run starts.
  process.env[runVariable] = [process.env[runVariable], folder].filter(Boolean).join(delimiter);
  process.env['TMPDIR'] = join(folder, 'tmp');
  const run = newRun(folder);
  run.atEnd(async () => {
    const stopped = await removeRun(folder);
    if (stopped > 0) say(`stopped ${processes(stopped)} that the command left running`);
    await lock?.release();
  });
  return run;
}

/**
 * @param {string} folder
 * @returns {Run}
 */
function newRun(folder) {
  /** @type {(() => Promise<void>)[]} */
  const cleanups = [];
  let ending = false;
  return {
    folder,
    atEnd(cleanup) {
      // Stop concurrent work after a failure, before it starts something that would never be stopped.
      if (ending) throw new SetupError('Set-up was interrupted.', 'Run the command again.');
      cleanups.unshift(cleanup);
    },
    async end() {
      ending = true;
      /** @type {unknown[]} */
      const failures = [];
      for (const cleanup of cleanups) await cleanup().catch((error) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}

/**
 * Where the folders of runs are. That of an inner run is beside the one of the outermost run, not in it: the path of a
 * socket has at most 107 bytes (unix(7)).
 *
 * @returns {string}
 */
function baseFolder() {
  const runs = (process.env[runVariable] ?? '').split(delimiter);
  // Whoever set another temporary folder since gets it.
  const isInner = tmpdir() === join(runs.at(-1) ?? '', 'tmp');
  return isInner ? dirname(runs[0] ?? '') : tmpdir();
}

async function endKilledRuns() {
  const base = baseFolder();
  for (const name of await readdir(base)) {
    const folder = join(base, name);
    if (!name.startsWith(prefix) || !isOurs(folder)) continue;
    const lock = await tryLock(join(folder, 'lock')).catch((error) => {
      // It ended by itself meanwhile.
      if (existsSync(folder)) throw error;
    });
    if (!lock) continue;
    const stopped = await removeRun(folder);
    say(`cleaned up after a run that was killed: stopped ${processes(stopped)}, removed ${folder}`);
    await lock.release();
  }
}

/** @param {string} folder */
function isOurs(folder) {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

/**
 * @param {string} folder
 * @returns {Promise<number>} the number of processes that had to be stopped
 */
async function removeRun(folder) {
  const stopped = await stopProcesses(folder);
  await unmountUnder(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  return stopped;
}

/** @param {number} count */
function processes(count) {
  return count === 1 ? '1 process' : `${count} processes`;
}
