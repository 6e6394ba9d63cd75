import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink } from 'node:fs/promises';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { SetupError } from './say.js';
import { withListener } from './signals.js';

/**
 * Returns the environment of the command. It finds the prepared programs through PATH and through the
 * programs' own variables.
 *
 * @param {string} folder new, for links to the programs: their own folders on PATH would add other programs
 * @param {object} prepared
 * @param {Record<string, string>} prepared.programs name to file
 * @param {Record<string, string>} prepared.environment
 * @param {string[]} prepared.folders for PATH, after the programs
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function composeEnvironment(folder, { programs, environment, folders }) {
  await mkdir(folder);
  for (const [name, file] of Object.entries(programs)) await symlink(file, join(folder, name));
  const PATH = [folder, ...folders, process.env['PATH']].join(delimiter);
  return { ...process.env, ...environment, PATH };
}

/** Seconds that a command has to exit after the first signal. */
const grace = 20;

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit status; 128 plus the signal's number if a signal ended it, as in a shell
 */
export function runCommand([program = '', ...args], env) {
  const child = spawn(program, args, { stdio: 'inherit', env });
  /** @type {NodeJS.Timeout | undefined} */
  let last;
  return withListener(
    (signal) => {
      // A terminal sends Ctrl-C to the command too.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
      last ??= setTimeout(() => child.kill('SIGKILL'), grace * 1000);
    },
    async () => {
      const [status, signal] = await once(child, 'exit').catch((error) => {
        throw new SetupError(`${program} cannot be started: ${error.message}.`, 'Check the command.');
      });
      clearTimeout(last);
      return signal ? statusOf(signal) : status;
    },
  );
}

/** @param {NodeJS.Signals} signal */
export function statusOf(signal) {
  return 128 + constants.signals[signal];
}
