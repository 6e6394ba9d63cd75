import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { excerpt } from './child.js';
import { SetupError } from './say.js';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** The PATH with /usr/sbin, which contains Debian's runc, dockerd and iptables and is not on every root's PATH. */
export const systemPath = `${process.env['PATH']}:/usr/sbin:/sbin`;

/**
 * Starts a program that runs until the end of the run.
 *
 * @param {import('./run.js').Run} run
 * @param {[string, ...string[]]} command
 * @param {{ log: string, env?: NodeJS.ProcessEnv, answers: () => Promise<boolean> }} options
 * @throws SetupError with the end of its log, if it exits or does not respond within a minute
 */
export async function startDaemon(run, [program, ...args], { log, env, answers }) {
  const descriptor = openSync(log, 'w');
  const child = spawn(program, args, {
    stdio: ['ignore', descriptor, descriptor],
    // In its own process group: Ctrl-C is for the command, which may need the program to clean up.
    detached: true,
    env: { ...process.env, PATH: systemPath, ...env },
  });
  closeSync(descriptor);
  const ended = once(child, 'exit');
  run.atEnd(() => stop(child, ended));
  if (await answersInTime(child, answers)) return;
  throw new SetupError(
    `${program} failed to start:\n${excerpt(readFileSync(log, 'utf8'))}`,
    `Read its log: ${log}.`,
  );
}

/**
 * @param {ChildProcess} child
 * @param {() => Promise<boolean>} answers
 */
async function answersInTime(child, answers) {
  const deadline = Date.now() + 60_000;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    if (await answers()) return true;
    await sleep(20);
  }
  return false;
}

/**
 * @param {ChildProcess} child
 * @param {Promise<unknown>} ended
 */
async function stop(child, ended) {
  child.kill('SIGTERM');
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(giveUp);
}
