import { candidateOf, canInstall, install } from '../apt.js';
import { currentBuilder } from '../docker-buildx.js';
import { dockerPackages, startDockerd } from './dockerd.js';
import { SetupError } from '../say.js';
import { isAtLeast } from '../version.js';

/**
 * The first version whose default builder can write an OCI layout, with the containerd image store (Docker
 * Engine 24.0 notes).
 */
const leastDocker = '24';

/**
 * Installs the distribution's Docker and starts it for this run. It is the last resort.
 *
 * @param {import('../run.js').Run} run
 * @returns {Promise<import('../engine.js').Engine>}
 */
export async function distributionEngine(run) {
  await installDocker();
  const environment = await startDockerd(run, { features: { 'containerd-snapshotter': true } });
  return currentBuilder(run, ['docker', 'buildx'], environment);
}

async function installDocker() {
  const title = "the distribution's docker.io and docker-buildx";
  if (!canInstall())
    throw new SetupError(`${title}: root and apt-get are required.`, 'Run the command as root.');
  const [docker, buildx] = await Promise.all(['docker.io', 'docker-buildx'].map(candidateOf));
  if (!docker || !buildx || !isAtLeast(docker, leastDocker)) {
    throw new SetupError(
      `${title}: Docker ${leastDocker} with buildx is required. The distribution has Docker ${docker || '(none)'} ${buildx ? 'with' : 'without'} buildx.`,
      'Install Docker from https://docs.docker.com/engine/install/.',
    );
  }
  await install([...(await dockerPackages()), 'docker-buildx'], 'no other engine could be had');
}
