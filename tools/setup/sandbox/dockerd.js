import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { candidateOf } from '../apt.js';
import { attempt } from '../child.js';
import { confinedRuntime } from './capabilities.js';
import { startDaemon } from '../daemon.js';

/** An address without a proxy. */
const nobody = 'http://127.0.0.1:9';

/**
 * Starts a Docker daemon for this run in addition to an existing one. It has its own socket and store, and
 * reaches only the local host.
 *
 * @param {import('../run.js').Run} run
 * @param {object} configuration in addition to the default
 * @returns {Promise<Record<string, string>>} the environment with which the docker CLI uses it
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
    // Go programs use no proxy for local addresses (Go, net/http, ProxyFromEnvironment).
    env: { HTTP_PROXY: nobody, HTTPS_PROXY: nobody },
    answers: async () => (await attempt(['docker', '--host', host, 'version'], { seconds: 30 })).ok,
  });
  return { DOCKER_HOST: host };
}

/** @returns {Promise<string[]>} since Debian 13 the CLI has its own package, which docker.io only recommends */
export async function dockerPackages() {
  return (await candidateOf('docker-cli')) ? ['docker.io', 'docker-cli'] : ['docker.io'];
}
