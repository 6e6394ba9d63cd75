import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, lastLines } from './child.js';
import { unmountUnder } from './mounts.js';
import { stopProcesses } from './processes.js';
import { SetupError } from './say.js';
import { takeSlot } from './slot.js';

/** @typedef {import('./run.js').Run} Run */

/** Debian's runc is in /usr/sbin, which is not on every root's PATH. */
export const systemPath = `${process.env['PATH']}:/usr/sbin:/sbin`;

/**
 * Starts a buildkitd that ends with the run. Its root, with all that was built before, is a slot of the cache.
 *
 * @param {Run} run
 * @param {string} program
 * @returns {Promise<string>} the socket that it listens on
 */
export async function startBuildkitd(run, program) {
  const slot = await takeSlot('buildkit');
  run.atEnd(slot.release);
  await recover(slot.folder);
  await writeFile(join(slot.folder, 'run'), run.folder);
  run.atEnd(() => tidyUp(slot.folder));
  // In the run's folder, whose name is short: a socket's path may not be longer than 107 bytes (unix(7)).
  const socket = join(run.folder, 'buildkitd.sock');
  const log = join(slot.folder, 'buildkitd.log');
  const child = await spawnBuildkitd(program, slot.folder, socket, log);
  const ended = once(child, 'exit');
  run.atEnd(() => stop(child, ended));
  if (await isListening(socket, child)) return socket;
  throw new SetupError(`buildkitd does not work:\n${lastLines(await readFile(log, 'utf8'))}`, `See ${log}.`);
}

/**
 * @param {string} program
 * @param {string} folder
 * @param {string} socket
 * @param {string} log
 */
async function spawnBuildkitd(program, folder, socket, log) {
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  const file = join(folder, 'buildkitd.toml');
  await writeFile(file, configuration(folder, socket));
  return spawn(program, ['--config', file], {
    stdio: ['ignore', 'ignore', openSync(log, 'w')],
    // In a group of its own: Ctrl-C is for the command, which may want to finish a build.
    detached: true,
    env: { ...process.env, PATH: systemPath, TMPDIR: temporary },
  });
}

/**
 * Everything is named here, so that neither /etc/buildkit nor /run/buildkit of the machine are read or written.
 * RUN steps have the machine's network, as it is: a proxy or a registry on its loopback answers them.
 *
 * @param {string} folder
 * @param {string} socket
 */
function configuration(folder, socket) {
  return `root = ${JSON.stringify(join(folder, 'root'))}
[grpc]
address = [${JSON.stringify(`unix://${socket}`)}]
[otel]
socketPath = ${JSON.stringify(`${socket}.otel`)}
[cdi]
disabled = true
[worker.oci]
enabled = true
networkMode = "host"
gc = true
maxUsedSpace = "4GB"
[worker.containerd]
enabled = false
`;
}

/**
 * @param {string} socket
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<boolean>} false when it has ended instead
 */
async function isListening(socket, child) {
  const deadline = Date.now() + 60_000;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const connection = connect(socket);
    const answered = await once(connection, 'connect').then(
      () => true,
      () => false,
    );
    connection.destroy();
    if (answered) return true;
    await sleep(20);
  }
  return false;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {Promise<unknown>} ended
 */
async function stop(child, ended) {
  child.kill('SIGTERM');
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(giveUp);
}

/**
 * Ends what a run that was killed has left in its slot: its processes, should another set-up that tidies up have
 * come only half way, and the containers and mounts of its builds.
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
 * Containers and mounts outlive a buildkitd that was killed; one that was stopped has ended them.
 *
 * @param {string} folder
 */
async function tidyUp(folder) {
  for (const container of containersOf(folder)) {
    await execute(['runc', 'delete', '--force', container], {
      env: { PATH: systemPath },
      hint: `End the container ${container} by hand.`,
    });
  }
  await unmountUnder(folder);
  await rm(join(folder, 'run'));
}

/**
 * @param {string} folder
 * @returns {string[]} BuildKit keeps a bundle for each container while it is there, in root/runc-{snapshotter}/executor
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
