import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buildkitdConfiguration } from './buildkitd-configuration.js';
import { execute } from '../child.js';
import { startDaemon, systemPath } from '../daemon.js';
import { unmountUnder } from './mounts.js';
import { stopProcesses } from '../processes.js';
import { takeSlot } from '../slot.js';

/**
 * Starts a buildkitd that stops with the run. Its root folder is a cache slot and contains the results of
 * earlier builds.
 *
 * @param {import('../run.js').Run} run
 * @param {string} program
 * @returns {Promise<string>} the socket that it listens on
 */
export async function startBuildkitd(run, program) {
  const { folder, release } = await takeSlot('buildkit');
  run.atEnd(release);
  await recover(folder);
  await writeFile(join(folder, 'run'), run.folder);
  run.atEnd(() => tidyUp(folder));
  // The run's folder has a short name: a socket path is limited to 107 bytes (unix(7)).
  const socket = join(run.folder, 'buildkitd.sock');
  const file = join(folder, 'buildkitd.toml');
  await writeFile(file, buildkitdConfiguration(folder, socket));
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  await startDaemon(run, [program, '--config', file], {
    log: join(folder, 'buildkitd.log'),
    env: { TMPDIR: temporary },
    answers: () => isListening(socket),
  });
  return socket;
}

/** @param {string} socket */
async function isListening(socket) {
  const connection = connect(socket);
  const answered = await once(connection, 'connect').then(
    () => true,
    () => false,
  );
  connection.destroy();
  return answered;
}

/**
 * Cleans up a slot after a run that was killed: its processes, if another set-up was interrupted while it
 * cleaned up, and the containers and mounts of its builds.
 *
 * @param {string} folder
 */
async function recover(folder) {
  const mark = join(folder, 'run');
  if (!existsSync(mark)) return;
  await stopProcesses(await readFile(mark, 'utf8'));
  await tidyUp(folder);
}

/**
 * Removes containers and mounts that a killed buildkitd left behind. A buildkitd that was stopped leaves none.
 *
 * @param {string} folder
 */
async function tidyUp(folder) {
  for (const container of containersOf(folder)) {
    await execute(['runc', 'delete', '--force', container], {
      env: { PATH: systemPath },
      hint: `Stop the container ${container} yourself.`,
    });
  }
  await unmountUnder(folder);
  await rm(join(folder, 'run'));
}

/**
 * @param {string} folder
 * @returns {string[]} the containers; each has a bundle of BuildKit in root/runc-{snapshotter}/executor
 */
function containersOf(folder) {
  const root = join(folder, 'root');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .map((name) => join(root, name, 'executor'))
    .filter((executor) => existsSync(executor))
    .flatMap((executor) =>
      readdirSync(executor).filter((name) => existsSync(join(executor, name, 'config.json'))),
    );
}
