import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from './say.js';

/** In the environment of everything that a run starts, and of nothing else: its id, after those of runs around it. */
export const runVariable = 'TOWPATH_RUN';

/**
 * The processes that a run started and that are still there, with their children, however they were detached. A
 * process is known by its own environment and not by a recorded pid, which may by now be someone else's.
 *
 * @param {string} run
 * @param {string} [proc] the proc file system; where there is none (macOS), nothing is found
 * @returns {number[]} pids
 */
export function processesOf(run, proc = '/proc') {
  if (!existsSync(proc)) return [];
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && runsOf(pid, proc).includes(run));
}

/**
 * @param {number} pid
 * @param {string} proc
 * @returns {string[]}
 */
function runsOf(pid, proc) {
  const environment = readOf(pid, 'environ', proc).split('\0');
  const mark = environment.find((entry) => entry.startsWith(`${runVariable}=`)) ?? '';
  return mark.slice(runVariable.length + 1).split(delimiter);
}

/**
 * @param {number} pid
 * @param {string} file that proc has of a process
 * @returns {string} nothing for a process that is gone, or another user's
 */
export function readOf(pid, file, proc = '/proc') {
  try {
    return readFileSync(`${proc}/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (isCode(error, ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'])) return '';
    throw error;
  }
}

/**
 * Asks the processes of a run to end, and ends those that do not within the grace.
 *
 * @param {string} run
 * @param {number} [graceSeconds]
 * @returns {Promise<number>} how many there were
 */
export async function stopProcesses(run, graceSeconds = 5) {
  const found = processesOf(run);
  found.forEach((pid) => send(pid, 'SIGTERM'));
  const deadline = Date.now() + graceSeconds * 1000;
  while (processesOf(run).length > 0) {
    if (Date.now() > deadline) processesOf(run).forEach((pid) => send(pid, 'SIGKILL'));
    if (Date.now() > deadline + 10_000) {
      throw new SetupError(
        `Process ${processesOf(run).join(', ')} cannot be stopped.`,
        'Run ps -l to see what the process waits for.',
      );
    }
    await sleep(20);
  }
  return found.length;
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isCode(error, ['ESRCH'])) throw error;
  }
}

/**
 * @param {unknown} error
 * @param {string[]} codes
 */
function isCode(error, codes) {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}
