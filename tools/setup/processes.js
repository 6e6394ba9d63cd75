import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from './say.js';

/** The variable in the environment of every process that a run starts: its ID, after those of outer runs. */
export const runVariable = 'TOWPATH_RUN';

/**
 * Returns the processes that a run started and that are still running, with their children, even if they are
 * detached. A process is identified by its environment, because a recorded PID may belong to a different
 * process by now.
 *
 * @param {string} run
 * @param {string} [proc] the proc file system; without one (macOS) nothing is found
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
 * @param {string} file of the process in proc
 * @returns {string} empty if the process has ended or belongs to another user
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
 * Sends SIGTERM to the processes of a run, and kills those that have not exited after the grace period.
 *
 * @param {string} run
 * @param {number} [graceSeconds]
 * @returns {Promise<number>} the number of processes
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
