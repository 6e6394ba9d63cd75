import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { candidateOf } from './apt.js';
import { attempt } from './child.js';
import { confinedRuntime } from './capabilities.js';
import { startDaemon } from './daemon.js';

/** Where no proxy answers. */
const nobody = 'http://127.0.0.1:9';

/**
 * Starts Docker's daemon for this run, beside whatever Docker the machine may run: its own socket, its own store, and
 * nothing that it could fetch from elsewhere than this machine.
 *
 * @param {import('./run.js').Run} run
 * @param {object} configuration what it has in addition
 * @returns {Promise<Record<string, string>>} the environment that leads the docker CLI to it
 */
export async function startDockerd(run, configuration) {
  const folder = join(run.folder, 'dockerd');
  await mkdir(folder);
  const host = `unix://${join(folder, 'docker.sock')}`;
  const file = join(folder, 'daemon.json');
  const own = {
    hosts: [host],
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'exec'),
    pidfile: join(folder, 'pid'),
    ...(await confinedRuntime(folder)),
  };
  await writeFile(file, JSON.stringify({ ...own, ...configuration }));
  await startDaemon(run, ['dockerd', '--config-file', file], {
    log: join(folder, 'log'),
    // No proxy is asked for what is on this machine (Go, net/http, ProxyFromEnvironment).
    env: { HTTP_PROXY: nobody, HTTPS_PROXY: nobody },
    answers: async () => (await attempt(['docker', '--host', host, 'version'], { seconds: 30 })).ok,
  });
  return { DOCKER_HOST: host };
}

/** @returns {Promise<string[]>} since Debian 13 the CLI is in a package of its own, which docker.io only recommends */
export async function dockerPackages() {
  return (await candidateOf('docker-cli')) ? ['docker.io', 'docker-cli'] : ['docker.io'];
}
