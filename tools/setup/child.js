import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SetupError } from './say.js';

/**
 * @typedef {object} Outcome
 * @property {boolean} ok whether it started and exited with 0
 * @property {string} stdout
 * @property {string} stderr the reason, for a program that could not be started
 */

/**
 * @typedef {object} Options
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] added to set-up's own environment; undefined removes a variable
 * @property {number} [seconds] after which it is killed
 * @property {boolean} [detached] in its own process group, which Ctrl-C does not reach
 */

/**
 * Runs a program and returns its outcome, also if it fails.
 *
 * @param {readonly string[]} command
 * @param {Options} [options]
 * @returns {Promise<Outcome>}
 */
export async function attempt([file = '', ...args], { env, seconds, ...options } = {}) {
  const child = spawn(file, args, {
    ...options,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: seconds && seconds * 1000,
  });
  const ended = once(child, 'close').then(
    ([status, signal]) => ({ ok: status === 0, reason: reasonOf(signal, seconds) }),
    (error) => ({ ok: false, reason: error.code === 'ENOENT' ? `${file} is not installed` : error.message }),
  );
  const [{ ok, reason }, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { ok, stdout, stderr: stderr || reason };
}

/**
 * @param {string | null} signal
 * @param {number | undefined} seconds
 */
function reasonOf(signal, seconds) {
  if (!signal) return '';
  return seconds ? `no answer within ${seconds} s` : `ended by ${signal}`;
}

/**
 * Runs a program and throws if it fails.
 *
 * @param {readonly string[]} command
 * @param {Options & { hint: string }} options
 * @returns {Promise<string>} its output on stdout
 * @throws SetupError with its output
 */
export async function execute(command, { hint, ...options }) {
  const { ok, stdout, stderr } = await attempt(command, options);
  if (!ok) throw new SetupError(`${command.join(' ')} failed:\n${excerpt(stderr || stdout)}`, hint);
  return stdout;
}

/**
 * Returns the start and the end of a long output, because some programs report the error first and others
 * last.
 *
 * @param {string} written
 */
export function excerpt(written) {
  const lines = written.trimEnd().split('\n');
  return (lines.length > 24 ? [...lines.slice(0, 12), '…', ...lines.slice(-12)] : lines).join('\n');
}

/**
 * @param {string} written by a program that failed
 * @returns {string} the line with the reason: the first line if none is marked as an error
 */
export function reasonIn(written) {
  const lines = written.trim().split('\n');
  return lines.find((line) => /^(ERROR|E):/.test(line)) ?? lines[0] ?? '';
}
